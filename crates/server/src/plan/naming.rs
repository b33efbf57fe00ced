//! One thing that a body names in several places: by a property, by an entity inline, by a reference. All
//! of them have to mean the same. Which of the things that are named decides is never chosen here.

use super::fields::inline;
use super::target::reference;
use super::{Ask, Lookup};
use crate::error::Error;
use domain::command::Kind;
use odata::body::Body;
use odata::error::{Fault, FaultKind};
use uuid::Uuid;

/// The id that was named so far, and where.
#[derive(Debug, Default)]
pub struct One {
    found: Option<(String, Uuid)>,
}

impl One {
    /// Takes an id that the body has at `path`.
    ///
    /// # Errors
    /// A fault about `path` if another id was named before.
    pub fn name(&mut self, path: &str, id: Uuid) -> Result<(), Error> {
        match &self.found {
            Some((other, found)) if *found != id => {
                let message = format!("'{path}' and '{other}' have to name the same: '{id}' is not '{found}'.");
                Err(Fault::new(FaultKind::Value, path, message).into())
            }
            Some(_) => Ok(()),
            None => {
                self.found = Some((path.to_owned(), id));
                Ok(())
            }
        }
    }

    /// Takes an id as text.
    ///
    /// # Errors
    /// As [`One::name`], and for what is no id.
    pub fn text(&mut self, path: &str, text: &str) -> Result<(), Error> {
        let id = Uuid::try_parse(text).map_err(|_| {
            Error::from(Fault::new(FaultKind::Value, path, format!("'{path}' has to be an id, not '{text}'.")))
        })?;
        self.name(path, id)
    }

    /// Takes what the navigation of this core name says, which `path` leads to: inline ids and references.
    ///
    /// # Errors
    /// As [`One::text`]; for an entity inline that says no id, unless `without_id` lets it; for a reference
    /// to another kind.
    pub async fn navigation(
        &mut self,
        ask: &Ask<'_>,
        body: &Body,
        (core, path, kind): (&str, &str, Kind),
        without_id: bool,
        lookup: &impl Lookup,
    ) -> Result<(), Error> {
        for each in inline(ask.surface, body, core) {
            let path = format!("{path}/id");
            match each.id.as_deref() {
                Some(text) => self.text(&path, text)?,
                None if without_id => {}
                None => return Err(Fault::new(FaultKind::Value, path.clone(), format!("'{path}' is required.")).into()),
            }
        }
        let path = format!("{path}@odata.bind");
        let bound = body.links.iter().filter(|(nav, _)| ask.surface.nav(body.ty, *nav).core == core);
        for text in bound.flat_map(|(_, references)| references) {
            match reference(ask, text, &path, lookup).await? {
                (id, Some(named)) if named == kind => self.name(&path, id)?,
                _ => {
                    let message = format!("'{path}' has to refer to an entity of type '{}'.", kind.name());
                    return Err(Fault::new(FaultKind::Reference, path, message).into());
                }
            }
        }
        Ok(())
    }

    pub fn id(self) -> Option<Uuid> {
        self.found.map(|(_, id)| id)
    }
}
