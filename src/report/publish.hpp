#pragma once

#include <cstdint>
#include <filesystem>
#include <limits>
#include <string_view>

#include "core/hash.hpp"
#include "core/time.hpp"
#include "journal/disk.hpp"
#include "report/run_view.hpp"
#include "storage/table_sink.hpp"

/// The journal of a run as tables (storage/schema.hpp). Everything published is a function of the
/// journal: there is this one way for views of a live run, for recovery and for tests.
namespace foundation::report {

inline constexpr std::string_view view_file = "run.h5";

enum class Completeness : std::uint8_t {
  partial,  ///< all but the tables that grow with the cells: quick, for a live run
  complete,
};

/// Writes all tables of the view, and the attributes of the set but `date`.
void publish_tables(const RunView& view, Completeness completeness, storage::TableSink& sink);

inline constexpr journal::Sequence whole_journal = std::numeric_limits<journal::Sequence>::max();

/// Makes RUN/run.h5 anew from RUN's journal, up to the record `up_to`, in one step
/// (storage::publish_file), and returns the digest of its content. `date` becomes the file's date
/// of publication. Throws core::Error; an older run.h5 then stays as it is.
core::Digest rebuild_view(const std::filesystem::path& run_folder, const journal::Disk& disk,
                          Completeness completeness, core::WallLabel date,
                          journal::Sequence up_to = whole_journal);

/// "2026-03-09T17:05:01Z".
[[nodiscard]] std::string iso_time(core::WallLabel time);

}  // namespace foundation::report
