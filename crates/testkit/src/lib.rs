//! For tests only: boots a server on either engine, holds conversations with it, and verifies the house afterwards.
