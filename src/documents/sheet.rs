//! The quote as a spreadsheet: the same rows as the paper, amounts as numbers with their formats.
//!
//! Sums stand there as values equal to the screen and not as formulas, because a sum that is computed
//! again elsewhere can differ by a cent. What people typed is written as text and never as a formula.

use super::forms::{Letterhead, Shown};
use super::quote::{QuoteForm, form, mark, midnight};
use crate::domain::money::{format_quantity, milestones};
use crate::domain::quote::Quote;
use crate::domain::workflow::Case;
use crate::wording::Lang;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use rust_xlsxwriter::{
    DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, Workbook, Worksheet, XlsxError,
};

/// Columns: number, product, spec and packaging, quantity, unit, unit price, rate, net, tax, gross.
const WIDTHS: [u16; 10] = [5, 28, 36, 10, 8, 14, 8, 16, 14, 16];
const LAST: u16 = 9;

struct Look {
    title: Format,
    mark: Format,
    head: Format,
    text: Format,
    quantity: Format,
    price: Format,
    rate: Format,
    money: Format,
    label: Format,
    total: Format,
}

impl Look {
    fn new() -> Self {
        let thin = |format: Format| format.set_border(FormatBorder::Hair).set_align(FormatAlign::Top);
        Self {
            title: Format::new().set_bold().set_font_size(16).set_font_color(0x000E_5263),
            mark: Format::new().set_bold().set_font_size(16).set_font_color(0x00B0_2A20),
            head: thin(Format::new())
                .set_bold()
                .set_font_color(0x000E_5263)
                .set_background_color(0x00EE_F4F5)
                .set_text_wrap(),
            text: thin(Format::new()).set_text_wrap(),
            quantity: thin(Format::new()).set_num_format("#,##0.###"),
            price: thin(Format::new()).set_num_format("#,##0.00####"),
            rate: thin(Format::new()).set_num_format("0%"),
            money: thin(Format::new()).set_num_format("#,##0.00"),
            label: Format::new().set_font_color(0x005D_686C),
            total: thin(Format::new()).set_bold().set_num_format("#,##0.00"),
        }
    }
}

/// A cell's number. Sums below 10^12 with two decimals lie well within what a spreadsheet keeps exactly.
fn number(value: Decimal) -> f64 {
    value.to_f64().unwrap_or_default()
}

/// The file of one version, dated by the quote so that the same version gives the same file.
pub fn quote(t: Lang, company: &Letterhead, case: &Case, quote: &Quote, shown: Shown) -> Result<Vec<u8>, XlsxError> {
    let form = form(t, company, case, quote, shown);
    let made = midnight(quote.quote_date);
    let mut book = Workbook::new();
    book.set_properties(
        &DocProperties::new()
            .set_title(format!("{} {}", form.head.title, form.head.no))
            .set_author(&form.head.company)
            .set_creation_datetime(&ExcelDateTime::from_timestamp(made.timestamp())?),
    );
    let look = Look::new();
    let sheet = book.add_worksheet();
    sheet.set_name(form.head.title)?.set_landscape().set_paper_size(9).set_print_fit_to_pages(1, 0);
    for (column, width) in (0..).zip(WIDTHS) {
        sheet.set_column_width(column, width)?;
    }
    // As on paper: what is not in force says so on the screen and on every printed page.
    if let Some(words) = mark(quote).words(t) {
        sheet.write_string_with_format(0, 5, words, &look.mark)?;
        sheet.set_header(format!("&C&\"-,Bold\"&16&KB02A20{words}"));
    }
    let row = top(sheet, &look, &form)?;
    let row = lines(sheet, &look, t, quote, &form, row)?;
    bottom(sheet, &look, quote, &form, row)?;
    book.save_to_buffer()
}

fn top(sheet: &mut Worksheet, look: &Look, form: &QuoteForm) -> Result<u32, XlsxError> {
    sheet.write_string_with_format(0, 0, form.head.title, &look.title)?;
    sheet.write_string(1, 0, &form.head.company)?;
    let no = format!("{} {}", form.head.no, form.head.version.as_deref().unwrap_or_default());
    sheet.write_string(2, 0, no)?;
    let mut row = 3;
    for fact in &form.facts {
        sheet.write_string_with_format(row, 0, &fact.label, &look.label)?;
        sheet.write_string(row, 2, &fact.value)?;
        row += 1;
    }
    Ok(row + 1)
}

fn lines(
    sheet: &mut Worksheet,
    look: &Look,
    t: Lang,
    quote: &Quote,
    form: &QuoteForm,
    first: u32,
) -> Result<u32, XlsxError> {
    let w = |name: &str| form.words.get(name).copied().unwrap_or_default();
    let heads = [
        "#",
        w("product"),
        t.field("spec"),
        w("quantity"),
        t.field("unit"),
        w("unit_price"),
        w("rate"),
        w("net"),
        w("tax"),
        w("gross"),
    ];
    for (column, head) in (0..).zip(heads) {
        sheet.write_string_with_format(first, column, head, &look.head)?;
    }
    sheet.set_repeat_rows(first, first)?;
    let mut row = first + 1;
    for (printed, line) in form.lines.iter().zip(&quote.priced.lines) {
        let details = [&printed.spec, &printed.packaging, &printed.discount, &printed.remarks];
        let details = details.into_iter().flatten().map(String::as_str).collect::<Vec<_>>().join("\n");
        sheet.write_number_with_format(row, 0, u32::try_from(printed.number).unwrap_or(u32::MAX), &look.text)?;
        sheet.write_string_with_format(row, 1, &printed.name, &look.text)?;
        sheet.write_string_with_format(row, 2, details, &look.text)?;
        sheet.write_number_with_format(row, 3, number(line.quantity), &look.quantity)?;
        sheet.write_string_with_format(row, 4, t.unit(&line.unit), &look.text)?;
        sheet.write_number_with_format(row, 5, number(line.unit_price), &look.price)?;
        sheet.write_number_with_format(row, 6, number(line.tax_rate), &look.rate)?;
        sheet.write_number_with_format(row, 7, number(line.amounts.net), &look.money)?;
        sheet.write_number_with_format(row, 8, number(line.amounts.tax), &look.money)?;
        sheet.write_number_with_format(row, LAST, number(line.amounts.gross), &look.money)?;
        row += 1;
    }
    Ok(row)
}

fn bottom(sheet: &mut Worksheet, look: &Look, quote: &Quote, form: &QuoteForm, first: u32) -> Result<(), XlsxError> {
    let w = |name: &str| form.words.get(name).copied().unwrap_or_default();
    let totals = &quote.priced.totals;
    let mut row = first;
    let mut sums = |label: &str, [net, tax, gross]: [Decimal; 3], format: &Format| -> Result<(), XlsxError> {
        sheet.write_string_with_format(row, 6, label, format)?;
        sheet.write_number_with_format(row, 7, number(net), format)?;
        sheet.write_number_with_format(row, 8, number(tax), format)?;
        sheet.write_number_with_format(row, LAST, number(gross), format)?;
        row += 1;
        Ok(())
    };
    sums(w("total"), [totals.net, totals.tax, totals.gross], &look.total)?;
    for (rate, printed) in totals.by_rate.iter().zip(&form.totals.by_rate) {
        sums(&printed.rate, [rate.net, rate.tax, rate.gross], &look.money)?;
    }
    if let Some(capital) = &form.totals.capital {
        sheet.write_string_with_format(first, 0, w("capital"), &look.label)?;
        sheet.write_string(first, 2, capital)?;
    }
    let mut row = row + 1;
    let percents: Vec<Decimal> = quote.terms.payment_terms.iter().map(|p| p.percent).collect();
    let amounts = milestones(totals.gross, &percents);
    for ((term, printed), amount) in quote.terms.payment_terms.iter().zip(&form.terms).zip(amounts) {
        let text = format!("{} {} {}", printed.number, printed.trigger, printed.days);
        sheet.write_string_with_format(row, 0, text.trim_end(), &look.label)?;
        sheet.write_string(row, 6, format!("{}%", format_quantity(term.percent)))?;
        sheet.write_number_with_format(row, LAST, number(amount), &look.money)?;
        row += 1;
    }
    row += 1;
    for fact in &form.conditions {
        sheet.write_string_with_format(row, 0, &fact.label, &look.label)?;
        sheet.write_string(row, 2, &fact.value)?;
        row += 1;
    }
    Ok(())
}
