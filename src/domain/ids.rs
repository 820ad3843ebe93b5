//! Identifiers as types, so that one kind is never taken for another.

macro_rules! id {
    ($($(#[$meta:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        pub struct $name(pub uuid::Uuid);
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { self.0.fmt(f) }
        }
        impl From<uuid::Uuid> for $name { fn from(id: uuid::Uuid) -> Self { Self(id) } }
    )+};
}

id! {
    PersonId, SessionId, CustomerId, ContactId, DealId, RequirementId, RequirementLineId,
    QuoteId, QuoteLineId, RoundId, NodeId, OrderId, OrderLineId, ShipmentId, ProductId, AttachmentId, PostReviewId,
    ChangeId, ImportRunId, FeedbackId, HoldId, PickingId, ExceptionId, ReturnId, CallId, DelegationId, StopId, ReceiptId, InvoiceId, LinkId, LinkAnswerId,
}
