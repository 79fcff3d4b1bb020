//! Health, the OpenAPI description and the settings in force.
