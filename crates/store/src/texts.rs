//! Statements that were written before: an entity by its id is read by the same text every time. What
//! of the permit goes into a text is part of what it is found by; it must never keep one that a row
//! rule has a part in, nor a value.

use crate::answer::Level;
use auth::rule::FieldRule;
use odata::query::Shape;
use odata::schema::TypeId;
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

/// Shapes whose texts are kept. When they are too many, all go.
const SHAPES: usize = 512;

/// A statement with the tenant as `$1` and the id as `$2`, and what its columns are.
pub(crate) struct Text {
    /// The shape itself, so that no other can come to lie where it lies.
    shape: Arc<Shape>,
    ty: TypeId,
    fields: FieldRule,
    pub sql: String,
    pub level: Arc<Level>,
}

/// The texts that are kept, by the address of their shape.
#[derive(Default)]
pub(crate) struct Texts(RwLock<HashMap<usize, Vec<Arc<Text>>>>);

impl Texts {
    /// The text that reads `shape` of an entity of type `ty`, where these fields may be seen of every row.
    pub fn find(&self, shape: &Arc<Shape>, ty: TypeId, fields: FieldRule) -> Option<Arc<Text>> {
        let texts = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let fits = |text: &&Arc<Text>| Arc::ptr_eq(&text.shape, shape) && text.ty == ty && text.fields == fields;
        texts.get(&address(shape))?.iter().find(fits).cloned()
    }

    /// Keeps a text, if its shape is one that others keep too: any other doesn't come again.
    pub fn keep(&self, shape: &Arc<Shape>, ty: TypeId, fields: FieldRule, sql: String, level: &Arc<Level>) {
        if Arc::strong_count(shape) == 1 {
            return;
        }
        let text = Text { shape: Arc::clone(shape), ty, fields, sql, level: Arc::clone(level) };
        let mut texts = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if texts.len() >= SHAPES {
            texts.clear();
        }
        let kept = texts.entry(address(shape)).or_default();
        // Two requests may have found none at the same time.
        kept.retain(|other| other.ty != ty || other.fields != fields);
        kept.push(Arc::new(text));
    }
}

fn address(shape: &Arc<Shape>) -> usize {
    Arc::as_ptr(shape).addr()
}
