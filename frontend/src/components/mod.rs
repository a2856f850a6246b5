//! The pieces that pages are made of: props in, events out. They hold the rules of accessibility
//! in one place, and none of them speaks to the server or knows who is signed in.

mod button;
mod code_input;
mod code_list;
mod confirm_dialog;
mod copy_button;
mod field;
mod language_switch;
mod notice;
mod page_heading;
mod qr_card;
mod stepper;
mod switch;
#[cfg(all(test, target_arch = "wasm32"))]
mod web;

pub(crate) use button::{Activity, Button, Look};
pub(crate) use code_input::{CodeInput, CodeKind};
pub(crate) use code_list::{CodeList, ListWords};
pub(crate) use confirm_dialog::{ConfirmDialog, Dialog, Question, close_dialog, show_dialog};
pub(crate) use copy_button::{CopyButton, CopyWords};
pub(crate) use field::{Field, Input, Tick};
pub(crate) use language_switch::{LanguageSwitch, OtherLanguage};
pub(crate) use notice::{Notice, Tone};
pub(crate) use page_heading::{PageHeading, Section};
pub(crate) use qr_card::QrCard;
pub(crate) use stepper::Stepper;
pub(crate) use switch::Switch;
