//! The integration tests: one binary, one throw-away database server, a schema for each test.

#[path = "it/harness/mod.rs"]
mod harness;

#[path = "it/act.rs"]
mod act;
#[path = "it/architecture.rs"]
mod architecture;
#[path = "it/documents.rs"]
mod documents;
#[path = "it/stories/story_1.rs"]
mod story_1;
#[path = "it/walls.rs"]
mod walls;
#[path = "it/web/pages.rs"]
mod web_pages;
#[path = "it/wording_generator.rs"]
mod wording_generator;
#[path = "it/workflow.rs"]
mod workflow;
