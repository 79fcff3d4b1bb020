//! Wakes the waiting requests of the workstations that a change concerns.
