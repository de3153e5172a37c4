#include "report/examine.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/error.hpp"
#include "report/publish.hpp"
#include "report/run_view.hpp"
#include "report/terminal_text.hpp"
#include "storage/load_file.hpp"
#include "storage/schema.hpp"

namespace foundation::report {

using Json = nlohmann::ordered_json;
using journal::TailState;

namespace {

std::optional<journal::Sequence> sequence_of(const std::filesystem::path& file) {
  try {
    const std::int64_t number =
        storage::load_attributes(file).integer_attribute({}, storage::schema::attribute::sequence);
    if (number >= 0) return static_cast<journal::Sequence>(number);
  } catch (const core::Error&) {  // damaged, too, or not there: it says nothing
  }
  return std::nullopt;
}

std::string_view name_of(TailState tail) {
  switch (tail) {
    case TailState::clean: return "clean";
    case TailState::torn: return "torn";
    case TailState::salvaged: return "damaged";
  }
  return "unknown";
}

std::string describe_loss(const Examination& found) {
  if (found.highest_known <= found.kept) return "  lost     nothing that has left a trace\n";
  return fmt::format("  lost     records {} to {} at most\n", found.kept + 1, found.highest_known);
}

}  // namespace

Examination examine_journal(const std::filesystem::path& run_folder, const journal::Disk& disk) {
  const RunView view =
      read_run_view(disk, {.keep_texts = false, .damage = journal::DamagePolicy::salvage});
  const journal::Recovery& log = view.recovery;
  return {.tail = log.tail,
          .torn_file = log.tail == TailState::torn ? log.torn_file : "",
          .torn_bytes = log.torn_bytes,
          .damage = log.damage,
          .kept = log.end.sequence,
          .highest_known = std::max(log.highest_known, log.end.sequence),
          .candidates = view.proposals.size(),
          .evaluations = view.evaluations(),
          .view = sequence_of(run_folder / view_file)};
}

std::string describe(const Examination& found, std::string_view run) {
  const std::string kept = fmt::format("{} records: {} candidates, {} evaluations", found.kept,
                                       found.candidates, found.evaluations);
  if (!found.is_damaged()) {
    std::string text = fmt::format("{}: the journal is sound; {}\n", visible(run), kept);
    if (found.tail == TailState::torn)
      text += fmt::format(
          "  {} ends in {} bytes of a write that was interrupted, as by a kill: they were never "
          "acknowledged, and the next session cuts them off\n",
          found.torn_file, found.torn_bytes);
    return text;
  }
  std::string text = fmt::format("{}: the journal is damaged\n", visible(run));
  for (const journal::DamagePlace& place : found.damage)
    text += fmt::format("  where    {}, byte {}: {}\n", place.file, place.offset, place.reason);
  text += fmt::format("  kept     {}\n", kept) + describe_loss(found);
  if (found.view && *found.view > found.kept)
    text += fmt::format("  run.h5   rests on record {}: it shows more than the journal still has\n",
                        *found.view);
  return text;
}

std::string to_json(const Examination& found, std::string_view run) {
  Json damage = Json::array();
  for (const journal::DamagePlace& place : found.damage)
    damage.push_back({{"file", place.file}, {"offset", place.offset}, {"reason", place.reason}});
  const bool loses = found.highest_known > found.kept;
  const Json json = {
      {"schema", "foundation.recover"},
      {"schemaVersion", 1},
      {"run", run},
      {"state", name_of(found.tail)},
      {"damage", damage},
      {"torn_file", found.torn_file},
      {"torn_bytes", found.torn_bytes},
      {"kept",
       {{"records", found.kept},
        {"candidates", found.candidates},
        {"evaluations", found.evaluations}}},
      {"lost", loses ? Json{{"first", found.kept + 1}, {"last", found.highest_known}} : Json{}},
      {"view_sequence", found.view ? Json(*found.view) : Json{}}};
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + '\n';
}

}  // namespace foundation::report
