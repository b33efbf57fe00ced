//! That nothing is lost between the two surfaces.
