#include "report/verify.hpp"

#include <algorithm>
#include <system_error>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/error.hpp"
#include "report/publish.hpp"
#include "report/run_view.hpp"
#include "report/terminal_text.hpp"
#include "storage/content_digest.hpp"
#include "storage/load_file.hpp"
#include "storage/schema.hpp"

namespace foundation::report {

namespace schema = storage::schema;
using Json = nlohmann::ordered_json;

namespace {

constexpr std::string_view rebuild_remedy = "foundation rebuild RUN makes it anew from the journal";

void add(Verification& result, Severity severity, std::string what, std::string_view remedy = {}) {
  result.findings.push_back({severity, std::move(what), std::string{remedy}});
}

void add_error(Verification& result, const core::Error& error) {
  std::string what = error.what();
  if (!error.place().file.empty()) what = fmt::format("{}: {}", error.place().file, what);
  add(result, Severity::damage, std::move(what), error.hint());
}

/// Rebuilds the tables from the journal as far as the file goes and compares the digests. The
/// journal is read after the file, so that a live run cannot make it look too short.
void check_file_against_journal(Verification& result, const storage::MemoryTables& file,
                                const journal::Disk& disk, const RunView& view) {
  const auto sequence =
      static_cast<journal::Sequence>(file.integer_attribute({}, schema::attribute::sequence));
  const bool partial = file.text_attribute({}, schema::attribute::status) == schema::status_partial;
  const RunView as_far = read_run_view(disk, {.up_to = sequence, .keep_texts = !partial});
  if (as_far.sequence < sequence) {
    return add(result, Severity::damage,
               fmt::format("run.h5 rests on journal record {}, but the journal ends at {}: it has "
                           "lost records",
                           sequence, as_far.sequence),
               "keep run.h5: it holds more than the journal; look for the missing journal files");
  }
  storage::ContentDigest expected;
  publish_tables(as_far, partial ? Completeness::partial : Completeness::complete, expected);
  if (expected.digest().hex() != result.content_digest)
    return add(result, Severity::damage, "run.h5 does not say what the journal says",
               rebuild_remedy);
  if (sequence < view.sequence || (partial && view.state == RunState::finished))
    add(result, Severity::note,
        fmt::format("run.h5 is {} and rests on record {} of {}",
                    partial ? "a partial view" : "complete", sequence,
                    std::max(sequence, view.sequence)),
        "foundation rebuild RUN brings it up to date");
}

void check_file(Verification& result, const std::filesystem::path& path, const journal::Disk& disk,
                const RunView& view) {
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored))
    return add(result, Severity::damage, "there is no run.h5", rebuild_remedy);
  try {
    const storage::MemoryTables file = storage::load_attributes(path);
    result.content_digest = storage::load_content_digest(path).hex();
    if (result.content_digest != file.text_attribute({}, schema::attribute::content_digest)) {
      return add(result, Severity::damage,
                 "run.h5 was changed or damaged: its content does not have the digest noted in it",
                 rebuild_remedy);
    }
    check_file_against_journal(result, file, disk, view);
  } catch (const core::Error& error) {
    add_error(result, error);
  }
}

void check_trainset(Verification& result, const campaign::JobRecord& job,
                    const TrainsetDigest& trainset_digest) {
  try {
    const auto digest = trainset_digest(job);
    if (!digest) {
      add(result, Severity::note,
          fmt::format("the trainset '{}' is gone: the run cannot be continued", job.trainset_file));
    } else if (*digest != job.data) {
      add(result, Severity::damage,
          fmt::format("the trainset '{}' has changed since the run began", job.trainset_file),
          "put the old file back to continue the run; its results so far stay valid");
    }
  } catch (const core::Error& error) {
    add_error(result, error);
  }
}

}  // namespace

bool Verification::is_clean() const {
  return std::ranges::none_of(
      findings, [](const Finding& finding) { return finding.severity == Severity::damage; });
}

Verification verify_run(const std::filesystem::path& run_folder, const journal::Disk& disk,
                        const TrainsetDigest& trainset_digest) {
  Verification result;
  RunView view;
  try {
    view = read_run_view(disk, {.keep_texts = false});
  } catch (const core::Error& error) {
    if (error.kind() != core::ErrorKind::corrupt_data) throw;
    add_error(result, error);
    return result;
  }
  result.records = view.recovery.records;
  result.evaluations = view.evaluations();
  if (view.recovery.tail == journal::TailState::torn)
    add(result, Severity::note,
        fmt::format("{} ends in {} bytes that were never acknowledged, as after a kill; they do "
                    "not count",
                    view.recovery.torn_file, view.recovery.torn_bytes));
  if (!view.job) {
    add(result, Severity::note, "the journal is empty: the run has not begun");
    return result;
  }
  check_file(result, run_folder / view_file, disk, view);
  check_trainset(result, *view.job, trainset_digest);
  return result;
}

std::string describe(const Verification& verification, std::string_view run) {
  std::string text;
  for (const Finding& finding : verification.findings) {
    text += fmt::format("{}: {}\n", finding.severity == Severity::damage ? "damage" : "note",
                        visible(finding.what));
    if (!finding.remedy.empty()) text += fmt::format("  help: {}\n", visible(finding.remedy));
  }
  return text + fmt::format("{}: {}; {} journal records, {} evaluations\n", visible(run),
                            verification.is_clean() ? "all is well" : "damaged",
                            verification.records, verification.evaluations);
}

std::string to_json(const Verification& verification, std::string_view run) {
  Json findings = Json::array();
  for (const Finding& finding : verification.findings) {
    findings.push_back({{"severity", finding.severity == Severity::damage ? "damage" : "note"},
                        {"what", finding.what},
                        {"remedy", finding.remedy}});
  }
  const Json json = {{"schema", "foundation.verify"},
                     {"schemaVersion", 1},
                     {"run", run},
                     {"clean", verification.is_clean()},
                     {"records", verification.records},
                     {"evaluations", verification.evaluations},
                     {"content_digest", verification.content_digest},
                     {"findings", findings}};
  return json.dump(2, ' ', true, Json::error_handler_t::replace) + '\n';
}

}  // namespace foundation::report
