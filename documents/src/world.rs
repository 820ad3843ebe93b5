//! What a template can reach: the other templates, the mark, and the data. Nothing else exists.

use crate::Layout;
use crate::fonts::Shelf;
use std::sync::LazyLock;
use typst::diag::{FileError, FileResult};
use typst::foundations::{Bytes, Datetime, Duration};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt, World};

static LIBRARY: LazyLock<LazyHash<Library>> = LazyLock::new(|| LazyHash::new(Library::default()));

/// The templates inside the program by their path.
static TEMPLATES: LazyLock<Vec<(FileId, Source)>> = LazyLock::new(|| {
    let template = |path: &str, text: &str| id(path).map(|id| (id, Source::new(id, text.to_owned())));
    [
        template(PICTURE, "#let kind = json(\"data.json\").logo\n#image(\"logo.\" + kind, height: 30pt)"),
        template("/look.typ", include_str!("../../templates/print/look.typ")),
        template(path(Layout::Customer), include_str!("../../templates/print/customer.typ")),
        template(path(Layout::Requirement), include_str!("../../templates/print/requirement.typ")),
        template(path(Layout::Quote), include_str!("../../templates/print/quote.typ")),
        template(path(Layout::Approval), include_str!("../../templates/print/approval.typ")),
        template(path(Layout::Order), include_str!("../../templates/print/order.typ")),
        template(path(Layout::Delivery), include_str!("../../templates/print/delivery.typ")),
        template(path(Layout::Shipment), include_str!("../../templates/print/shipment.typ")),
    ]
    .into_iter()
    .flatten()
    .collect()
});

/// Only whether a picture can be set.
pub const PICTURE: &str = "/picture.typ";

static MARK: &[u8] = include_bytes!("../../static/favicon.svg");

fn path(layout: Layout) -> &'static str {
    match layout {
        Layout::Customer => "/customer.typ",
        Layout::Requirement => "/requirement.typ",
        Layout::Quote => "/quote.typ",
        Layout::Approval => "/approval.typ",
        Layout::Order => "/order.typ",
        Layout::Delivery => "/delivery.typ",
        Layout::Shipment => "/shipment.typ",
    }
}

fn id(path: &str) -> Option<FileId> {
    Some(RootedPath::new(VirtualRoot::Project, VirtualPath::new(path).ok()?).intern())
}

fn name(id: FileId) -> String {
    id.vpath().get_without_slash().to_owned()
}

/// One document being set.
pub struct Desk {
    main: FileId,
    data: Bytes,
    shelf: &'static Shelf,
    logo: Option<Bytes>,
}

impl Desk {
    /// None when the layout has no readable path, which no layout of this program is.
    pub fn new(layout: Layout, data: &str, shelf: &'static Shelf, logo: Option<&[u8]>) -> Option<Self> {
        Self::at(path(layout), data, shelf, logo)
    }

    pub fn at(main: &str, data: &str, shelf: &'static Shelf, logo: Option<&[u8]>) -> Option<Self> {
        let logo = logo.map(|bytes| Bytes::new(bytes.to_vec()));
        Some(Self { main: id(main)?, data: Bytes::from_string(data.to_owned()), shelf, logo })
    }
}

impl World for Desk {
    fn library(&self) -> &LazyHash<Library> {
        &LIBRARY
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &self.shelf.book
    }

    fn main(&self) -> FileId {
        self.main
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        TEMPLATES
            .iter()
            .find(|(known, _)| *known == id)
            .map(|(_, source)| source.clone())
            .ok_or_else(|| FileError::NotFound(name(id).into()))
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        match name(id).as_str() {
            "data.json" => Ok(self.data.clone()),
            "mark.svg" => Ok(Bytes::new(MARK)),
            "logo.png" | "logo.svg" => self.logo.clone().ok_or_else(|| FileError::NotFound("logo".into())),
            other => Err(FileError::NotFound(other.into())),
        }
    }

    fn font(&self, index: usize) -> Option<Font> {
        self.shelf.fonts.get(index).cloned()
    }

    fn today(&self, _offset: Option<Duration>) -> Option<Datetime> {
        None
    }
}
