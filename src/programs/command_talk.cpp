#include "programs/detail/command_talk.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "core/terminal_text.hpp"

namespace foundation::programs::detail {
namespace {

using model::CellStatus;
using Json = nlohmann::json;

constexpr std::size_t shown_reply = 80;

std::string to_text(const Json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

/// A reply that is none: what the protocol says about it in `why`.
CellOutput violation(std::string_view why, std::string_view line, std::string_view errors) {
  return failure(CellStatus::invalid_output,
                 fmt::format("{}: '{}'", why, core::visible(line, shown_reply)), errors);
}

/// What a reply says, or nothing but what is wrong with it.
struct Understood {
  CellOutput output;
  bool is_reply = true;
};

Understood understand(const std::string& line, std::uint64_t id,
                      std::span<const std::string_view> answers, const std::string& errors) {
  const auto reject = [&](std::string_view why) {
    return Understood{violation(why, line, errors), false};
  };
  const Json reply = Json::parse(line, nullptr, false);
  if (reply.is_discarded() || !reply.is_object()) return reject("its reply is no JSON object");
  if (!reply.contains("id") || reply["id"] != id)
    return reject(fmt::format("its reply does not have the id {}", id));
  const auto is_there = [&](std::string_view name) { return reply.contains(std::string{name}); };
  const auto given = std::ranges::count_if(answers, is_there) + (is_there("error") ? 1 : 0);
  if (given != 1)
    return reject(
        fmt::format("its reply has not exactly one of {} and error", fmt::join(answers, ", ")));
  if (is_there("error"))
    return {failure(CellStatus::crashed,
                    "it reports an error: " + core::visible(to_text(reply["error"])), errors)};
  const Json& answer = reply[std::string{*std::ranges::find_if(answers, is_there)}];
  CellOutput output{.text = core::valid_utf8(to_text(answer))};
  if (is_there("score") && !answer.is_number())
    return reject("its reply has a score that is no number");
  if (!is_there("cost")) return {std::move(output)};
  if (!reply["cost"].is_number()) return reject("its reply has a cost that is no number");
  output.cost = reply["cost"].get<double>();
  return {std::move(output)};
}

class Talk {
 public:
  Talk(const CommandParts& parts, const model::Assignment& settings,
       model::CandidateIndex candidate)
      : parts_{parts}, settings_{settings}, candidate_{candidate} {}

  [[nodiscard]] CellOutput ask(const CommandQuestion& question) const {
    CommandSlot& slot = parts_.slot;
    if (is_for_others()) end_session();
    while (true) {
      if (!slot.session) start_session();
      const bool is_fresh = slot.session->answered() == 0;
      const std::uint64_t id = ++slot.requests;
      const process::Session::Reply reply = slot.session->ask(question.line(id));
      if (reply.line) {
        Understood understood = understand(*reply.line, id, question.answers, reply.ending.errors);
        if (!understood.is_reply) end_session();  // who knows what it would answer next
        return std::move(understood.output);
      }
      slot.session.reset();
      const bool is_late =
          reply.ending.limit == process::Limit::wall || reply.ending.limit == process::Limit::cpu;
      if (is_fresh || is_late) return ended(reply.ending);
    }
  }

 private:
  [[nodiscard]] bool is_for_others() const {
    const bool is_mine = candidate_ != model::no_candidate && parts_.slot.candidate == candidate_;
    return parts_.options.restart == Restart::candidate && !is_mine;
  }

  void start_session() const {
    const process::ScratchFolder& scratch = parts_.slot.fresh_scratch();
    const TemplateValues values{.parameters = &settings_,
                                .scratch = scratch.work().string(),
                                .folder = parts_.options.folder};
    parts_.slot.session.emplace(parts_.slot.command(parts_.arguments.expand(values)));
    parts_.slot.candidate = candidate_;
  }

  void end_session() const {
    if (!parts_.slot.session) return;
    static_cast<void>(parts_.slot.session->end());
    parts_.slot.session.reset();
  }

  [[nodiscard]] CellOutput ended(const process::Ending& ending) const {
    const bool has_left = ending.start_error == 0 && ending.limit == process::Limit::none;
    if (!has_left) return failure(ending, parts_.options.limits);
    return failure(CellStatus::crashed,
                   "it ended without an answer: " + describe(ending, parts_.options.limits),
                   ending.errors);
  }

  const CommandParts& parts_;
  const model::Assignment& settings_;
  model::CandidateIndex candidate_;
};

}  // namespace

CellOutput ask_process(const CommandParts& parts, const model::Assignment& settings,
                       model::CandidateIndex candidate, const CommandQuestion& question) {
  return Talk{parts, settings, candidate}.ask(question);
}

}  // namespace foundation::programs::detail
