#include "campaign/end_note.hpp"

#include <cstdint>
#include <exception>
#include <limits>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/error.hpp"
#include "core/log.hpp"

namespace foundation::campaign {

using Json = nlohmann::ordered_json;

namespace {

constexpr int done = 0;
constexpr int resumable = 3;
constexpr int no_valid_result = 4;
constexpr int infrastructure_lost = 5;

}  // namespace

std::string to_json(const EndNote& note) {
  Json json = {{"epoch", note.epoch}, {"exit_status", note.exit_status}, {"reason", note.reason}};
  if (note.again) json["again"] = true;
  return json.dump(-1, ' ', true, Json::error_handler_t::replace) + '\n';
}

std::optional<EndNote> parse_end_note(std::string_view text) {
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object()) return std::nullopt;
  const auto number = [&json](const char* key) -> std::optional<std::int64_t> {
    const auto found = json.find(key);
    if (found == json.end() || !found->is_number_integer()) return std::nullopt;
    return found->get<std::int64_t>();
  };
  const auto epoch = number("epoch");
  const auto exit_status = number("exit_status");
  const auto reason = json.find("reason");
  if (!epoch || *epoch < 0 || *epoch > std::numeric_limits<journal::Epoch>::max())
    return std::nullopt;
  if (!exit_status || *exit_status < 0 || *exit_status > 255) return std::nullopt;
  EndNote note{static_cast<journal::Epoch>(*epoch), static_cast<int>(*exit_status)};
  if (reason != json.end() && reason->is_string()) note.reason = reason->get<std::string>();
  note.again = json.value("again", Json{}) == Json(true);
  return note;
}

std::string_view note_file(int exit_status) noexcept {
  if (exit_status == done || exit_status == no_valid_result) return done_file;
  return exit_status == resumable ? stopped_file : failed_file;
}

int exit_status(Ending ending) noexcept {
  switch (ending) {
    case Ending::done: return done;
    case Ending::stopped: return resumable;
    case Ending::no_result: return no_valid_result;
    case Ending::storage_failed:
    case Ending::fenced:
    case Ending::workers_lost: break;
  }
  return infrastructure_lost;
}

// An answer stays one whatever failed after it; a failure after a stop is the later word.
std::optional<EndNote> read_end_note(const journal::Disk& run_folder) {
  const auto claim = journal::newest_claim(run_folder);
  for (const std::string_view file : {done_file, failed_file, stopped_file}) {
    const auto bytes = run_folder.read(file);
    if (!bytes) continue;
    auto note = parse_end_note({reinterpret_cast<const char*>(bytes->data()), bytes->size()});
    if (!note || (claim && note->epoch < claim->epoch)) continue;
    note->file = file;
    return note;
  }
  return std::nullopt;
}

void leave_end_note(journal::Disk& run_folder, const EndNote& note) noexcept {
  try {
    run_folder.replace(note_file(note.exit_status), to_json(note));
  } catch (const std::exception& error) {
    core::log(core::LogLevel::warning, error.what());
  }
}

}  // namespace foundation::campaign
