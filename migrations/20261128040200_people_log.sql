-- What was done to accounts, newest first, among everything else that happened.
CREATE INDEX event_people ON event (position DESC)
    WHERE kind IN ('person_added','person_changed','own_rights_refused','reset_link_made','sessions_ended');
