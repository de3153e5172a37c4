#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <utility>

#include "core/time.hpp"
#include "journal/journal.hpp"
#include "runtime/keeper.hpp"

namespace foundation::runtime {

/// Has the HDF5 view of a run made anew by a process of its own (`foundation rebuild`), one at a
/// time and for at most 1 % of a core while the run goes on. A failed view costs nothing but the
/// view: it is logged, the journal has everything.
class Publisher {
 public:
  /// `keeper` outlives it.
  Publisher(Keeper& keeper, std::filesystem::path run_folder)
      : keeper_{keeper}, run_folder_{std::move(run_folder)} {}

  /// The view up to this record is wanted; takes the place of an earlier wish not yet begun.
  void request(journal::Sequence durable, bool final);
  /// Starts what is due, notices what has ended.
  void poll(core::Time now);
  /// Waits for everything that was requested; false if the last one failed or took too long.
  bool finish(core::Duration limit);

 private:
  struct Wish {
    journal::Sequence durable = 0;
    bool final = false;
  };
  void begin(core::Time now);
  void ended(int status, core::Time now);

  Keeper& keeper_;
  std::filesystem::path run_folder_;
  std::optional<Wish> wish_;
  bool running_ = false;
  bool last_succeeded_ = true;
  core::Time started_;
  core::Time not_before_;
};

}  // namespace foundation::runtime
