//! Models as files.

pub mod model_file;
