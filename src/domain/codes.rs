//! Closed sets of words that the database, the forms and the events share.
//!
//! `codes!` makes an enum whose variants carry the code of DOMAIN.md, so that a code is
//! written once. Nothing here decides or shows anything; words for people live in `wording`.

/// Makes an enum with its stored codes: `ALL`, `code()`, `parse()` and serde by code.
macro_rules! codes {
    ($(#[$meta:meta])* $name:ident { $($(#[$vmeta:meta])* $variant:ident = $code:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name { $($(#[$vmeta])* #[serde(rename = $code)] $variant),+ }
        impl $name {
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];
            /// The code as stored and as used in forms and addresses.
            pub const fn code(self) -> &'static str { match self { $(Self::$variant => $code),+ } }
            pub fn parse(code: &str) -> Option<Self> { match code { $($code => Some(Self::$variant),)+ _ => None } }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.write_str(self.code()) }
        }
    };
}
pub(crate) use codes;
