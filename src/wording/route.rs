//! Why a department is on the approval path, or an urgent deal not on its own, as a sentence.

use super::Lang;
use crate::domain::fast_path::FastRefusal;
use crate::domain::money::format_quantity;
use crate::domain::routing::RouteReason;
use crate::domain::rules::Rule;

impl Lang {
    /// Why an urgent deal goes the standard way; none for one that does not.
    pub fn why_not_fast(self, refusals: &[FastRefusal]) -> Option<String> {
        let reason = |refusal: &FastRefusal| match refusal {
            FastRefusal::CreditHold => self.fast_refused_credit_hold(),
            FastRefusal::NotSoon => self.fast_refused_not_soon(),
            FastRefusal::DeliveryLater => self.fast_refused_delivery_later(),
        };
        let reasons: Vec<&str> = refusals.iter().map(reason).collect();
        (!reasons.is_empty()).then(|| self.fast_refused(reasons.join(self.sentence_joint())))
    }

    /// What a node that the fast path leaves out would have looked at. Who is asked of every quote is left out
    /// because the path has another to decide.
    pub fn why_left_out(self, reasons: &[RouteReason]) -> Vec<String> {
        let of_all = |r: &RouteReason| matches!(r, RouteReason::Always);
        let reason = |r| if of_all(r) { self.fast_reason_urgent().to_owned() } else { self.route_reason(r) };
        reasons.iter().map(reason).collect()
    }

    /// Why a node is on the approval path. Names the limit that was passed, not the amount, because the
    /// departments that read it may not see prices (DOMAIN.md 2.2).
    pub fn route_reason(self, reason: &RouteReason) -> String {
        match reason {
            RouteReason::Always => self.term_route_always().to_owned(),
            RouteReason::CustomLine => self.term_route_custom_line().to_owned(),
            RouteReason::Substitute => self.term_route_substitute().to_owned(),
            RouteReason::FirstSale { product } => self.term_route_first_sale(product),
            RouteReason::CreditTerm => self.term_route_credit_term().to_owned(),
            RouteReason::Retention => self.term_route_retention().to_owned(),
            RouteReason::BelowFloor => self.term_route_below_floor().to_owned(),
            RouteReason::NoPolicyPrice => self.term_route_no_policy_price().to_owned(),
            RouteReason::SpecialPrice => self.term_route_special_price().to_owned(),
            RouteReason::Shortage { product, missing } => self.term_route_shortage(format_quantity(*missing), product),
            RouteReason::ShortLeadTime => self.term_route_short_lead_time().to_owned(),
            RouteReason::Amount { gross, limit } => {
                let shipped = [Rule::DirectorAmount, Rule::ManagerAmount].map(Rule::shipped);
                let passed = limit.or_else(|| shipped.into_iter().find(|l| gross > l)).unwrap_or_default();
                self.term_route_amount(format_quantity(passed))
            }
            RouteReason::Proposal => self.routing_proposal().to_owned(),
            RouteReason::TaxRate { product } => self.routing_tax_rate(product),
            RouteReason::NoCreditLimit => self.routing_no_credit_limit().to_owned(),
            RouteReason::OverLimit { over } => self.routing_over_limit(self.percent(*over)),
            RouteReason::NoSurcharge => self.routing_no_surcharge().to_owned(),
            RouteReason::Overdue { days } => self.routing_overdue(days),
            RouteReason::Discount { rate } => self.term_route_discount(self.discount(*rate)),
            RouteReason::RequesterIsApprover => self.term_route_requester_is_approver().to_owned(),
            RouteReason::Urgent => self.fast_reason_urgent().to_owned(),
            RouteReason::QuotaUsed { used } => self.fast_reason_quota(used),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rust_decimal::dec;

    #[test]
    fn reasons_name_the_limit_and_show_a_discount_both_ways() {
        let amount = |gross| Lang::En.route_reason(&RouteReason::Amount { gross, limit: None });
        assert_eq!(amount(dec!(100000.01)), "Total incl. tax above CNY 100,000");
        assert_eq!(amount(dec!(1464000)), "Total incl. tax above CNY 1,000,000");
        let discount = RouteReason::Discount { rate: dec!(0.12) };
        assert_eq!(Lang::Zh.route_reason(&discount), "最大折扣：优惠 12%（8.8 折）");
        let short = RouteReason::Shortage { product: "QM-65".to_owned(), missing: dec!(4.000) };
        assert_eq!(Lang::Zh.route_reason(&short), "库存不足：QM-65 缺 4");
        assert_eq!(Lang::En.route_reason(&short), "Short of stock: QM-65, 4 missing");
    }
}
