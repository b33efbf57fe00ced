//! The line itself: HTTP, authentication, plan, permit, store, answer; and the one error map.
