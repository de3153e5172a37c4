#include "runtime/launch_journal.hpp"

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "journal/names.hpp"
#include "runtime/run_folder.hpp"

namespace foundation::runtime {

namespace fs = std::filesystem;

namespace {

std::uint64_t bytes_of_epoch(const journal::Disk& disk, const fs::path& run, journal::Epoch epoch) {
  std::uint64_t bytes = 0;
  for (const std::string& leaf : disk.list("journal")) {
    const auto segment = journal::parse_segment_name(leaf);
    if (!segment || segment->epoch != epoch) continue;
    std::error_code error;
    const auto size = fs::file_size(run / "journal" / leaf, error);
    if (!error) bytes += size;
  }
  return bytes;
}

/// Which cells have been seen, one bit each.
class SeenCells {
 public:
  /// Whether it is new.
  bool add(const campaign::ResultsHeader& header, std::uint32_t position) {
    std::vector<bool>& cells = seen_[{header.candidate, header.split}];
    if (cells.size() <= position) cells.resize(position + 1);
    if (cells[position]) return false;
    cells[position] = true;
    return true;
  }

 private:
  std::map<std::pair<model::CandidateIndex, model::Split>, std::vector<bool>> seen_;
};

}  // namespace

campaign::RunState look_at_run(const journal::PosixDisk& disk, const fs::path& run,
                               std::string_view mark) {
  campaign::RunState state;
  const auto claim = journal::newest_claim(disk);
  if (!claim) return state;
  state.epoch = claim->epoch;
  const bool is_readable = !claim->host.empty();
  state.by_other = is_readable && !claim->launch.starts_with(mark);
  // The owner before its note: one that ends in between has left it.
  state.owner_gone = owner_state(*claim) == OwnerState::gone;
  state.journal_bytes = bytes_of_epoch(disk, run, claim->epoch);
  state.note = campaign::read_end_note(disk);
  if (state.note && state.note->epoch != claim->epoch) state.note.reset();
  return state;
}

JournalSummary summarise_journal(const journal::Disk& disk, journal::DamagePolicy policy) {
  JournalSummary summary;
  SeenCells seen;
  journal::read_log(
      disk,
      [&](const journal::Record& record) {
        if (record.type == static_cast<journal::RecordType>(campaign::RecordKind::finished))
          summary.finished = campaign::decode<campaign::FinishedRecord>(record.payload);
        if (record.type != static_cast<journal::RecordType>(campaign::RecordKind::results)) return;
        const campaign::ResultsView results = campaign::decode_results(record.payload);
        if (results.header.split == model::Split::test) return;
        std::uint32_t position = results.header.begin;
        for (const model::CellResult& cell : results.cells) {
          if (model::is_final(cell.status) && seen.add(results.header, position))
            ++summary.evaluations;
          ++position;
        }
      },
      policy);
  return summary;
}

}  // namespace foundation::runtime
