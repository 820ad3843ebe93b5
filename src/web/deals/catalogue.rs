//! Products by the words that a person types into a line: the one way in which the forms of requirement and change
//! read them.
//!
//! The catalogue may be long: `of` is given what the words of the form can mean (`store::products::meant`), never all
//! there is.

use crate::domain::policy::Act;
use crate::domain::requirement::ProductFlaw;
use crate::domain::search::{folded, wanted};
use crate::store::catalog::Product;
use crate::store::products;
use crate::web::form::Choice;
use crate::web::page::{json, name_in};
use crate::web::work::only;
use crate::web::{Problem, SignedIn, Web};
use crate::wording::Lang;
use axum::Router;
use axum::extract::{Query, State};
use axum::response::Response;
use axum::routing::get;
use serde::{Deserialize, Serialize};

/// How many a cell offers while somebody types, of so many that are looked at.
const OFFERED: usize = 20;
const LOOKED_AT: i64 = 200;

pub fn routes() -> Router<Web> {
    Router::new().route("/products", get(offer))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    q: String,
}

#[derive(Debug, Serialize)]
struct Offer {
    code: String,
    words: String,
}

/// What is on sale and is found by the typed words.
async fn offer(State(web): State<Web>, who: SignedIn, Query(asked): Query<Asked>) -> Result<Response, Problem> {
    only(&who, Act::SeeLibrary)?;
    let wanted = wanted(&asked.q);
    let found = if wanted.is_empty() {
        Vec::new()
    } else {
        products::search(&mut *web.app().db.search().await?, &wanted, None, LOOKED_AT).await?
    };
    let on_sale = found.iter().filter(|p| p.is_on_sale).take(OFFERED);
    json(&on_sale.map(|p| Offer { code: p.code.clone(), words: words(who.t(), p) }).collect::<Vec<_>>())
}

/// The most lines of a requirement, and of a change to one.
pub const MAX_LINES: usize = 500;
/// Codes that are named when several products fit.
const NAMED: usize = 5;

/// What was typed into the product cells of a form, of as many lines as a form may have.
pub fn typed<'a>(cells: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    cells.filter(|words| !words.trim().is_empty()).take(MAX_LINES).collect()
}

/// Products in the form in which typed words are compared with them.
pub struct Catalogue<'a> {
    products: Vec<(&'a Product, [String; 3])>,
}

impl<'a> Catalogue<'a> {
    pub fn of(products: &'a [Product]) -> Self {
        let words = |p: &Product| [folded(&p.code), folded(&p.name), folded(&p.name_en)];
        Self { products: products.iter().map(|p| (p, words(p))).collect() }
    }

    /// The product that the words name: its code, its name, or a part of one that fits no other.
    pub fn find(&self, raw: &str) -> Result<&'a Product, ProductFlaw> {
        let typed = folded(raw);
        let exact = |(p, words): &&(&Product, [String; 3])| words.contains(&typed) || p.id.to_string() == typed;
        if let Some((product, _)) = self.products.iter().find(exact) {
            return if product.is_on_sale { Ok(product) } else { Err(ProductFlaw::NotOnSale) };
        }
        let on_sale = || self.products.iter().filter(|(p, _)| p.is_on_sale);
        // A code with its name behind it, as lists show it.
        if let Some((product, _)) = on_sale().find(|(_, [code, name, name_en])| {
            typed.strip_prefix(code.as_str()).is_some_and(|rest| rest == name || rest == name_en)
        }) {
            return Ok(product);
        }
        let fitting: Vec<&Product> = on_sale()
            .filter(|(_, words)| typed.chars().count() >= 2 && words.iter().any(|w| w.contains(&typed)))
            .map(|(p, _)| *p)
            .collect();
        match fitting.as_slice() {
            [] => Err(ProductFlaw::Unknown),
            [one] => self.products.iter().find(|(p, _)| p.id == one.id).map(|(p, _)| *p).ok_or(ProductFlaw::Unknown),
            several => {
                let codes: Vec<&str> = several.iter().take(NAMED).map(|p| p.code.as_str()).collect();
                Err(ProductFlaw::Several { codes: codes.join(", ") })
            }
        }
    }
}

/// A product as a person recognises it: its name in the reader's language, with its unit.
pub fn words(t: Lang, p: &Product) -> String {
    t.requirement_product_named(name_in(t, &p.name, &p.name_en), t.unit(&p.unit))
}

/// Codes to choose from, each with its words.
pub fn choices(t: Lang, products: &[Product]) -> Vec<Choice> {
    products.iter().filter(|p| p.is_on_sale).map(|p| Choice::new(p.code.clone(), words(t, p))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::ProductId;
    use crate::domain::requirement::LineKind;
    use rust_decimal::Decimal;
    use uuid::Uuid;

    fn product(id: u128, code: &str, name: &str) -> Product {
        Product {
            id: ProductId(Uuid::from_u128(id)),
            code: code.to_owned(),
            name: name.to_owned(),
            name_en: format!("{code} panel"),
            kind: LineKind::Standard,
            spec: "standard".to_owned(),
            unit: "台".to_owned(),
            tax_rate: Decimal::ZERO,
            lead_days: 7,
            is_stocked: true,
            is_on_sale: id < 9,
            first_sold_on: None,
            on_hand: Decimal::ZERO,
            reserved: Decimal::ZERO,
        }
    }

    #[test]
    fn a_product_is_found_by_code_name_or_a_part_that_fits_no_other() {
        let all = [
            product(1, "QM-65", "65 英寸会议平板"),
            product(2, "QM-86", "86 英寸会议平板"),
            product(3, "QM-6", "支架"),
            product(9, "QM-43", "43 英寸会议平板"),
        ];
        let catalogue = Catalogue::of(&all);
        let id = all[0].id.to_string();
        for typed in
            ["QM-65", " qm-65 ", "ＱＭ－６５", "65英寸会议平板", "QM-65 65 英寸会议平板", "65 英寸", id.as_str()]
        {
            assert_eq!(catalogue.find(typed).map(|p| p.code.as_str()), Ok("QM-65"), "{typed}");
        }
        assert_eq!(catalogue.find("qm-6").map(|p| p.code.as_str()), Ok("QM-6"), "a whole code goes before a part");
        assert_eq!(catalogue.find("会议平板").err(), Some(ProductFlaw::Several { codes: "QM-65, QM-86".to_owned() }));
        assert_eq!(catalogue.find("QM-43").err(), Some(ProductFlaw::NotOnSale));
        assert_eq!(catalogue.find("ZZ-1").err(), Some(ProductFlaw::Unknown));
        assert_eq!(catalogue.find("6").err(), Some(ProductFlaw::Unknown), "one letter names nothing");
    }
}
