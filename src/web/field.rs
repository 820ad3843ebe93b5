//! One field of a form: label, mark of the optional, hint, error and control, wired by id.
//!
//! The macros of `components/field.html` lead here: what a macro holds is compiled again at each
//! of the hundreds of places that use it, a template of its own once.

use super::form::{Choice, FormView};
use crate::wording::Lang;
use askama::Template;
use askama::filters::HtmlSafe;
use std::borrow::Borrow;

/// What a field is filled in with.
#[derive(Debug, Clone, Copy)]
pub enum Control<'a> {
    /// A line of text; `kind` as HTML's `type` says it.
    Input {
        kind: &'a str,
        autocomplete: &'a str,
    },
    /// A number, with what stands before and after it.
    Figure {
        before: &'a str,
        after: &'a str,
    },
    /// `date` or `datetime-local`.
    Day {
        kind: &'a str,
    },
    Select {
        options: &'a [Choice],
    },
    /// `radio` or `checkbox`.
    Boxes {
        options: &'a [Choice],
        kind: &'a str,
    },
    /// A single box that says yes.
    Tick,
    Area {
        rows: u8,
    },
    File {
        accept: &'a str,
    },
    /// A line of text with suggestions; they follow the fields above it (static/js).
    Suggest {
        options: &'a [&'a str],
    },
}

#[derive(Template)]
#[template(path = "components/control.html")]
pub struct Field<'a> {
    t: Lang,
    form: &'a FormView,
    name: &'a str,
    label: &'a str,
    required: bool,
    hint: &'a str,
    control: Control<'a>,
}

impl HtmlSafe for Field<'_> {}

/// A field in the words of its page. Takes what templates hand over: references, and values of what is written out.
pub fn field<'a>(
    t: impl Borrow<Lang>,
    form: &'a FormView,
    name: &'a (impl AsRef<str> + ?Sized),
    label: &'a (impl AsRef<str> + ?Sized),
    required: impl Borrow<bool>,
    hint: &'a (impl AsRef<str> + ?Sized),
    control: Control<'a>,
) -> Field<'a> {
    Field {
        t: *t.borrow(),
        form,
        name: name.as_ref(),
        label: label.as_ref(),
        required: *required.borrow(),
        hint: hint.as_ref(),
        control,
    }
}

pub fn input<'a>(kind: &'a (impl AsRef<str> + ?Sized), autocomplete: &'a (impl AsRef<str> + ?Sized)) -> Control<'a> {
    Control::Input { kind: kind.as_ref(), autocomplete: autocomplete.as_ref() }
}

pub fn figure<'a>(before: &'a str, after: &'a (impl AsRef<str> + ?Sized)) -> Control<'a> {
    Control::Figure { before, after: after.as_ref() }
}

pub const fn day(kind: &str) -> Control<'_> {
    Control::Day { kind }
}

pub fn select(options: &(impl AsRef<[Choice]> + ?Sized)) -> Control<'_> {
    Control::Select { options: options.as_ref() }
}

pub fn boxes<'a>(options: &'a (impl AsRef<[Choice]> + ?Sized), kind: &'a str) -> Control<'a> {
    Control::Boxes { options: options.as_ref(), kind }
}

pub const fn tick() -> Control<'static> {
    Control::Tick
}

pub fn area(rows: impl Borrow<u8>) -> Control<'static> {
    Control::Area { rows: *rows.borrow() }
}

pub fn file(accept: &(impl AsRef<str> + ?Sized)) -> Control<'_> {
    Control::File { accept: accept.as_ref() }
}

pub const fn suggest<'a>(options: &'a [&'a str]) -> Control<'a> {
    Control::Suggest { options }
}
