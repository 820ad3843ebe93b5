//! The two addresses of the registration form (DOMAIN 1.1 A): the parts come from the list of
//! divisions, short forms are completed, and a combination that does not exist is refused.
//!
//! An address that is stored already stays as it is, also when the list has changed since.

use super::{Wrong, Wrongs};
use crate::domain::customer::CustomerProfile;
use crate::domain::regions::{RegionFlaw, resolve};
use crate::web::check::Checker;
use crate::web::form::FormView;

pub(super) fn fill(view: &mut FormView, p: &CustomerProfile) {
    view.put("province", p.province.as_deref());
    view.put("city", p.city.as_deref());
    view.put("district", p.district.as_deref());
    view.put("address_detail", p.address_detail.as_deref());
    view.put("business_province", p.business_province.as_deref());
    view.put("business_city", p.business_city.as_deref());
    view.put("business_district", p.business_district.as_deref());
    view.put("business_detail", p.business_detail.as_deref());
}

struct Address {
    province: Option<String>,
    city: Option<String>,
    district: Option<String>,
    detail: Option<String>,
}

/// Province, city, district, detail.
type Names = [&'static str; 4];
const REGISTERED: Names = ["province", "city", "district", "address_detail"];
const BUSINESS: Names = ["business_province", "business_city", "business_district", "business_detail"];

pub(super) fn read(c: &mut Checker, into: &mut CustomerProfile, stored: &CustomerProfile) -> Wrongs {
    let mut wrongs = Wrongs::new();
    let registered = one(c, REGISTERED, [&stored.province, &stored.city, &stored.district], &mut wrongs);
    let business =
        one(c, BUSINESS, [&stored.business_province, &stored.business_city, &stored.business_district], &mut wrongs);
    into.province = registered.province;
    into.city = registered.city;
    into.district = registered.district;
    into.address_detail = registered.detail;
    into.business_province = business.province;
    into.business_city = business.city;
    into.business_district = business.district;
    into.business_detail = business.detail;
    wrongs
}

fn one(c: &mut Checker, names: Names, stored: [&Option<String>; 3], wrongs: &mut Wrongs) -> Address {
    let [province, city, district] = [0, 1, 2].map(|i| c.optional_text(names[i], 1, 30));
    let detail = c.optional_text(names[3], 4, 200);
    let mut address = Address { province, city, district, detail };
    if [&address.province, &address.city, &address.district] != stored {
        match resolve(address.province.as_deref(), address.city.as_deref(), address.district.as_deref()) {
            Ok(place) => {
                address.province = place.province.map(str::to_owned);
                address.city = place.city.map(str::to_owned);
                address.district = place.district.map(str::to_owned);
            }
            Err(flaw) => {
                let at = match flaw {
                    RegionFlaw::Province => names[0],
                    RegionFlaw::City => names[1],
                    RegionFlaw::District => names[2],
                };
                wrongs.push((at.to_owned(), Wrong::Region(flaw)));
            }
        }
    }
    if address.detail.is_some() && address.detail == address.district {
        wrongs.push((names[3].to_owned(), Wrong::AddressIsDistrict));
    }
    address
}
