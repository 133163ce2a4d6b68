//! Losses, as the solver asks for them: of two classes by their margin (`binary`), of more together
//! (`multinomial`, whose Hessian is made of `class_pairs`); and [`Smooth`], whichever it is.

pub(super) mod binary;
mod class_pairs;
pub(super) mod multinomial;
mod smooth;

pub(super) use multinomial::Shifted;
pub(super) use smooth::Smooth;
