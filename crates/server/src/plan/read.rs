//! GET: the target and the shape, and what is wanted of them. Nothing here knows who asks: one plan
//! serves every caller (`bound.rs` keeps it), so it must never be given anything of theirs.

use super::{Form, Read};
use crate::error::Error;
use crate::plan::target::{id_shape, last_navigation};
use model::Surface;
use model::def::Join;
use model::query::{Query, Want};
use odata::bind::Intent;
use odata::error::{Fault, FaultKind};
use odata::query::{End, Shape, Target};
use std::sync::Arc;

pub fn plan(surface: &'static Surface, intent: Intent, max_page_size: Option<u32>) -> Result<Read, Error> {
    let Intent { target, shape } = intent;
    let of_its_own =
        last_navigation(&target).is_none_or(|(_, owner, nav)| surface.nav(owner, nav).join != Join::Through);
    let shape = shape.map(|shape| telling_when(surface, &target, shape));
    let page = |shape: &Shape| shape.page_size(&surface.schema, max_page_size);
    let (want, form, shape, limit) = match (&target.end, shape.filter(|_| of_its_own)) {
        (End::Itself, Some(shape)) if target.many => {
            let limit = page(&shape);
            (Want::Page, Form::Collection, shape, limit)
        }
        (End::Itself, Some(shape)) => (Want::Entity, Form::Entity, shape, 1),
        (End::Count, Some(shape)) => (Want::Count, Form::Count, shape, 1),
        (End::Ref, Some(shape)) => {
            let mut links = id_shape(surface, shape.ty);
            links.filter = shape.filter;
            links.order = shape.order;
            links.top = shape.top;
            links.skip = shape.skip;
            links.count = shape.count;
            links.after = shape.after;
            links.list = shape.list;
            let limit = page(&links);
            match target.many {
                true => (Want::Page, Form::Links, links, limit),
                false => (Want::Entity, Form::Link, links, 1),
            }
        }
        (End::Property { property, value }, _) => {
            let mut shape = id_shape(surface, target.ty);
            for (_, properties) in &mut shape.outputs {
                // Inherited properties stand in the same place in every derived type.
                properties.push(*property);
            }
            let form =
                if *value { Form::Value { property: *property } } else { Form::Property { property: *property } };
            (Want::Entity, form, shape, 1)
        }
        (End::Itself | End::Count | End::Ref | End::Operation { .. }, None) | (End::Operation { .. }, Some(_)) => {
            let message = "This path leads to other paths, and has no content of its own.";
            return Err(Fault::new(FaultKind::Segment, "path", message).into());
        }
    };
    let query = Query { surface, target, shape: Arc::new(shape), want, limit, narrow: None };
    Ok(Read { query, form })
}

/// What is deleted says when, unless something else is selected.
fn telling_when(surface: &Surface, target: &Target, mut shape: Shape) -> Shape {
    let is_deleted =
        last_navigation(target).is_some_and(|(_, owner, nav)| surface.nav(owner, nav).join == Join::Deleted);
    if is_deleted && shape.select.is_none() {
        for (ty, properties) in &mut shape.outputs {
            if let Some((at, _)) = surface.schema.ty(*ty).property("deletedDateTime") {
                properties.push(at);
                properties.sort_unstable();
                properties.dedup();
            }
        }
    }
    shape
}
