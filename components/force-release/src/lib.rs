//! Ends somebody's edit session by order of an admin.
