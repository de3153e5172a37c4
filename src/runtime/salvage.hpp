#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "journal/journal.hpp"

namespace foundation::runtime {

/// What a salvage did.
struct Salvage {
  journal::Epoch epoch = 0;  ///< the one whose first record cuts the log; 0: nothing was damaged
  journal::Recovery kept;    ///< the log as it is now, and the damage it was cut at
  std::filesystem::path old_view;  ///< another name for run.h5 as it was; empty if there was none
};

/// Cuts a damaged journal in front of its damage: a new epoch says where the log ends, so that
/// every command reads the run again. No file is changed or removed; run.h5, which the next
/// session replaces, keeps a second name. Does nothing to a sound journal. `take_over`: although
/// the owner may be alive. Throws core::Error{conflict} while another process owns the run, and
/// {io}; either way it can be repeated.
Salvage salvage_run(const std::filesystem::path& run, bool take_over);

}  // namespace foundation::runtime
