//! Properties of the planner, against the naive interpreter and on its own.

mod naive;
