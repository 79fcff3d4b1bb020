//! "The board" of the contract, in Chromium by WebDriver: what a person sees and does.

mod browser;
mod buttons;
mod files;
mod inbox;
mod keyboard;
mod live;
mod look;
mod overriding;
mod reserving;
mod scene;
mod signing_in;
mod webhooks;
