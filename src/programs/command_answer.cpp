#include "programs/detail/command_answer.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/error.hpp"
#include "core/terminal_text.hpp"
#include "programs/detail/text.hpp"

namespace foundation::programs::detail {
namespace {

using model::CellStatus;
using process::Limit;

constexpr std::size_t shown_answer = 80;

CellStatus status_of(const process::Ending& ending) {
  switch (ending.limit) {
    case Limit::none: break;
    case Limit::wall:
    case Limit::cpu: return CellStatus::timeout;
    case Limit::memory: return CellStatus::out_of_memory;
    case Limit::output: return CellStatus::invalid_output;
    case Limit::processes:
    case Limit::file: return CellStatus::crashed;
  }
  // What this cell asks for can never be started; else it is this node that cannot start it.
  const bool is_ours = ending.start_error == E2BIG || ending.start_error == ENOEXEC;
  return ending.start_error == 0 || is_ours ? CellStatus::crashed : CellStatus::lost;
}

/// A file that the program has written: no link out of its folder, no pipe, no more than `most`.
std::optional<std::string> read_file(const std::string& path, std::uint64_t most) {
  const int file = open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (file < 0) return std::nullopt;
  struct stat facts {};
  std::optional<std::string> text;
  if (fstat(file, &facts) == 0 && S_ISREG(facts.st_mode) &&
      (most == 0 || static_cast<std::uint64_t>(facts.st_size) <= most)) {
    text.emplace(static_cast<std::size_t>(facts.st_size), '\0');
    const ssize_t got = pread(file, text->data(), text->size(), 0);
    text->resize(static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  }
  close(file);
  return text;
}

CellOutput answer(std::string_view text) { return {CellStatus::ok, core::valid_utf8(text)}; }

CellOutput seconds(core::Duration span) {
  constexpr double ns = 1e9;
  return {CellStatus::ok, fmt::format("{:.9f}", static_cast<double>(span.count()) / ns)};
}

std::optional<nlohmann::json::json_pointer> parse_pointer(const std::string& pointer) {
  try {
    return nlohmann::json::json_pointer{pointer};
  } catch (const nlohmann::json::exception&) {
    return std::nullopt;
  }
}

}  // namespace

CellOutput failure(CellStatus status, std::string_view what, std::string_view errors) {
  std::string text{what};
  if (const std::string_view shown = trimmed(errors); !shown.empty()) {
    text += '\n';
    text += core::valid_utf8(shown);
  }
  return {status, std::move(text)};
}

CellOutput failure(const process::Ending& ending, const process::Limits& limits) {
  return failure(status_of(ending), process::describe(ending, limits), ending.errors);
}

void require_json_pointer(const std::string& pointer) {
  if (parse_pointer(pointer)) return;
  throw core::Error{core::ErrorKind::bad_input, fmt::format("'{}' is no JSON pointer", pointer),
                    "it begins with a slash: \"/result/score\", \"/costs/0\" (RFC 6901)"};
}

std::optional<std::string> json_at(std::string_view document, const std::string& pointer) {
  const auto json = nlohmann::json::parse(document, nullptr, false);
  const auto place = parse_pointer(pointer);
  if (json.is_discarded() || !place) return std::nullopt;
  try {
    const nlohmann::json& found = json.at(*place);
    return found.is_string() ? found.get<std::string>() : found.dump();
  } catch (const nlohmann::json::exception&) {
    return std::nullopt;
  }
}

AnswerReader::AnswerReader(AnswerOptions options, std::vector<std::int32_t> exit_statuses)
    : options_{std::move(options)}, exit_statuses_{std::move(exit_statuses)} {
  if (options_.kind == AnswerKind::regex) pattern_.emplace(options_.pattern);
  if (options_.kind == AnswerKind::json) require_json_pointer(options_.pointer);
  if (options_.tells_cost()) require_json_pointer(options_.cost_pointer);
}

bool AnswerReader::is_fine(int exit_status) const noexcept {
  return exit_statuses_.empty() ||
         std::ranges::find(exit_statuses_, exit_status) != exit_statuses_.end();
}

CellOutput AnswerReader::read(const process::Ending& ending, const process::Limits& limits,
                              const std::string& folder) const {
  const bool has_ended_well = ending.start_error == 0 && ending.limit == Limit::none &&
                              ending.signal == 0 && is_fine(ending.exit_status);
  if (!has_ended_well) return failure(ending, limits);
  switch (options_.kind) {
    case AnswerKind::exit_status: return answer(std::to_string(ending.exit_status));
    case AnswerKind::wall_time: return seconds(ending.wall);
    case AnswerKind::cpu_time: return seconds(ending.cpu);
    default: break;
  }
  if (options_.file.empty()) return from_text(ending.output, ending.errors);
  const auto text = read_file(folder + "/" + options_.file, limits.output_bytes);
  if (text) return from_text(*text, ending.errors);
  return failure(CellStatus::invalid_output,
                 fmt::format("it left no file '{}' that can be read", options_.file),
                 ending.errors);
}

CellOutput AnswerReader::from_text(const std::string& text, std::string_view errors) const {
  if (options_.kind == AnswerKind::text) return answer(trimmed(text));
  const auto found = pattern_ ? pattern_->last_match(text) : json_at(text, options_.pointer);
  if (found) return with_cost(answer(*found), text, errors);
  const std::string what =
      pattern_ ? fmt::format("'{}' matches nothing", options_.pattern)
               : fmt::format("there is no JSON with a value at '{}'", options_.pointer);
  return failure(CellStatus::invalid_output,
                 fmt::format("{} in '{}'", what, core::visible(trimmed(text), shown_answer)),
                 errors);
}

CellOutput AnswerReader::with_cost(CellOutput output, const std::string& text,
                                   std::string_view errors) const {
  if (!options_.tells_cost()) return output;
  const auto found = json_at(text, options_.cost_pointer);
  output.cost = found ? parse_number(*found) : std::nullopt;
  if (output.cost) return output;
  return failure(CellStatus::invalid_output,
                 fmt::format("there is no number at '{}', where its cost should be, in '{}'",
                             options_.cost_pointer, core::visible(trimmed(text), shown_answer)),
                 errors);
}

}  // namespace foundation::programs::detail

namespace foundation::programs {

void check_answer(const AnswerOptions& options) {
  static_cast<void>(detail::AnswerReader{options, {}});
}

}  // namespace foundation::programs
