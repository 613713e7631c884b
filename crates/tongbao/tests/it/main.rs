//! Tests of the real binary: one test program, so that it is linked once.

mod bank;
mod browser;
mod pay_in_browser;
mod webdriver;
