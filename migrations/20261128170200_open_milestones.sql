-- Most of what was ever agreed is paid: without knowing it the planner expects a third to be open and reads every order.
CREATE STATISTICS milestone_open ON (amount - received) FROM milestone;
ANALYZE milestone;
