//! Reservations.

use http::Method;
use serde_json::Value;

use super::{Api, encode};
use crate::error::Result;

impl Api {
    /// Reserves parts for a time to come.
    ///
    /// Errors: `reserved`, with the reservations of others that are in the way.
    pub async fn reserve(&mut self, reservation: &Value) -> Result<Value> {
        self.post("/api/reservations", reservation).await
    }

    /// Everybody's reservations that aren't over: all of them, or those of a part.
    ///
    /// Errors: those of [`Api::list`].
    pub async fn reservations(&mut self, part_number: Option<&str>) -> Result<Vec<Value>> {
        let query = part_number.map_or(String::new(), |part| format!("?part_number={}", encode(part)));
        self.list(&format!("/api/reservations{query}"), "reservations").await
    }

    /// Withdraws a reservation.
    ///
    /// Errors: somebody else's.
    pub async fn withdraw_reservation(&mut self, id: &str) -> Result<()> {
        self.call(&Method::DELETE, &format!("/api/reservations/{}", encode(id)), None).await?;
        Ok(())
    }
}
