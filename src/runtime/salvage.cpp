#include "runtime/salvage.hpp"

#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "core/error.hpp"
#include "core/log.hpp"
#include "journal/posix_disk.hpp"
#include "runtime/own_run.hpp"
#include "runtime/run_folder.hpp"

namespace foundation::runtime {

namespace fs = std::filesystem;

namespace {

/// Every segment names its run. If nothing is left that does, the run folder says it.
core::Digest run_of(const journal::Disk& disk, const journal::Recovery& kept) {
  core::Digest run = kept.run;
  if (kept.end.epoch != 0) return run;
  const auto text = disk.read(identity_file);
  const std::size_t half = 2 * sizeof run.high;
  if (!text || text->size() < 2 * half) return run;
  const auto* digits = reinterpret_cast<const char*>(text->data());
  std::from_chars(digits, digits + half, run.high, 16);
  std::from_chars(digits + half, digits + 2 * half, run.low, 16);
  return run;
}

/// A hard link: publishing replaces run.h5 and leaves this one as it is.
fs::path keep_view(const fs::path& run, journal::Epoch epoch) {
  const fs::path view = run / view_file;
  const fs::path kept = run / fmt::format("run-before-epoch-{:06}.h5", epoch);
  std::error_code error;
  if (!fs::exists(view, error)) return {};
  fs::create_hard_link(view, kept, error);
  if (error) throw core::system_error("keep run.h5 as", kept.string(), error.value());
  return kept;
}

/// The first group of the new epoch: its OPEN record is the cut.
void write_cut(journal::PosixDisk& disk, journal::Epoch epoch, const journal::Recovery& kept) {
  journal::WriterOptions options;
  options.run = run_of(disk, kept);
  options.epoch = epoch;
  options.predecessor = kept.confirmed;
  journal::Writer writer{options};
  for (const journal::StoredRecord& record : kept.unconfirmed)
    (void)writer.append(record.type, record.payload, {});
  disk.submit(*writer.next_write({}, true));
  while (!disk.ready()) disk.wait(std::chrono::seconds{1});
  for (journal::WriteDone& done : disk.poll()) writer.done(std::move(done));
  if (writer.fenced()) throw core::Error{core::ErrorKind::conflict, writer.failure()};
  if (writer.failed())
    throw core::Error{core::ErrorKind::io, writer.failure(),
                      "repeat the command when it is mended"};
}

}  // namespace

Salvage salvage_run(const fs::path& run, bool take_over) {
  journal::PosixDisk disk{run};
  Salvage salvage;
  salvage.kept = journal::read_log(disk, {}, journal::DamagePolicy::salvage);
  if (salvage.kept.damage.empty()) return salvage;
  if (!take_over) refuse_if_owned(run, disk);
  salvage.epoch = journal::claim_epoch(disk, describe_this_process()).epoch;
  salvage.kept = journal::read_log(disk, {}, journal::DamagePolicy::salvage);
  if (salvage.kept.end.epoch >= salvage.epoch)
    throw core::Error{core::ErrorKind::conflict, "another process has taken over the run"};
  salvage.old_view = keep_view(run, salvage.epoch);
  write_cut(disk, salvage.epoch, salvage.kept);
  core::log(core::LogLevel::warning,
            fmt::format("salvaged {}: the journal is cut behind record {}; up to {} records are "
                        "lost, what they held is evaluated again",
                        run.string(), salvage.kept.end.sequence,
                        salvage.kept.highest_known - salvage.kept.end.sequence));
  return salvage;
}

}  // namespace foundation::runtime
