-- The list of lost deals, few among many that are finished, newest first.
CREATE INDEX deal_lost_newest ON deal (opened_at DESC, id DESC) WHERE status = 'lost';
