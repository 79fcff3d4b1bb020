//! Answers waiting workstations from the event log.
