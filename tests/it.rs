//! The integration tests: one binary, one throw-away database server, a database for each test.

#[path = "it/harness/mod.rs"]
mod harness;

#[path = "it/stories/acceptances.rs"]
mod acceptances;
#[path = "it/act.rs"]
mod act;
#[path = "it/architecture.rs"]
mod architecture;
#[path = "it/boards.rs"]
mod boards;
#[path = "it/calendar.rs"]
mod calendar;
#[path = "it/stories/change_cells.rs"]
mod change_cells;
#[path = "it/stories/change_limits.rs"]
mod change_limits;
#[path = "it/stories/changes.rs"]
mod changes;
#[path = "it/connections.rs"]
mod connections;
#[path = "it/stories/corrections.rs"]
mod corrections;
#[path = "it/customer_list.rs"]
mod customer_list;
#[path = "it/delivery.rs"]
mod delivery;
#[path = "it/documents.rs"]
mod documents;
#[path = "it/feedback.rs"]
mod feedback;
#[path = "it/stories/goods_after_changes.rs"]
mod goods_after_changes;
#[path = "it/jobs.rs"]
mod jobs;
#[path = "it/live.rs"]
mod live;
#[path = "it/messages.rs"]
mod messages;
#[path = "it/migrations.rs"]
mod migrations;
#[path = "it/stories/money.rs"]
mod money;
#[path = "it/stories/new_totals.rs"]
mod new_totals;
#[path = "it/stories/objections.rs"]
mod objections;
#[path = "it/prices.rs"]
mod prices;
#[path = "it/stories/promised.rs"]
mod promised;
#[path = "it/public.rs"]
mod public;
#[path = "it/quotes.rs"]
mod quotes;
#[path = "it/reports.rs"]
mod reports;
#[path = "it/requirement.rs"]
mod requirement;
#[path = "it/rounds.rs"]
mod rounds;
#[path = "it/routing.rs"]
mod routing;
#[path = "it/stories/services.rs"]
mod services;
#[path = "it/settings.rs"]
mod settings;
#[path = "it/stories/stops.rs"]
mod stops;
#[path = "it/stories/story_1.rs"]
mod story_1;
#[path = "it/stories/story_2.rs"]
mod story_2;
#[path = "it/stories/story_3.rs"]
mod story_3;
#[path = "it/stories/story_4.rs"]
mod story_4;
#[path = "it/stories/story_4_rounds.rs"]
mod story_4_rounds;
#[path = "it/terminal.rs"]
mod terminal;
#[path = "it/walls.rs"]
mod walls;
#[path = "it/web/archive.rs"]
mod web_archive;
#[path = "it/web/company.rs"]
mod web_company;
#[path = "it/web/deal_rail.rs"]
mod web_deal_rail;
#[path = "it/web/drafts.rs"]
mod web_drafts;
#[path = "it/web/import.rs"]
mod web_import;
#[path = "it/web/logs.rs"]
mod web_logs;
#[path = "it/web/merge_archives.rs"]
mod web_merge_archives;
#[path = "it/web/notices.rs"]
mod web_notices;
#[path = "it/web/pages.rs"]
mod web_pages;
#[path = "it/web/people.rs"]
mod web_people;
#[path = "it/web/reset.rs"]
mod web_reset;
#[path = "it/web/reviews.rs"]
mod web_reviews;
#[path = "it/web/setup.rs"]
mod web_setup;
#[path = "it/wording_generator.rs"]
mod wording_generator;
#[path = "it/workflow.rs"]
mod workflow;
