#include "tests/optimize/text_world.hpp"

#include <algorithm>
#include <cmath>
#include <sstream>

#include <gtest/gtest.h>

#include "tests/model/model_test_spaces.hpp"

namespace foundation::optimize::testing {

using model::Assignment;
using model::CellResult;
using model::CellStatus;
using model::RequestKind;
using model::Split;
using model::TextRequest;

namespace {

constexpr double base_chance = 0.1;
constexpr double word_gain = 0.5;
constexpr double demonstration_gain = 0.25;
constexpr double noise_loss = 0.03;
constexpr std::uint32_t noises = 24;
constexpr double number_loss = 0.2;
constexpr double best_number = 0.3;
/// Examples on which all candidates have the same luck.
constexpr double common_luck = 0.7;

std::set<std::string> words_of(const std::string& text) {
  std::istringstream stream{text};
  std::set<std::string> words;
  for (std::string word; stream >> word;) words.insert(word);
  return words;
}

/// Of a stage's instruction; none when there is no such stage.
std::set<std::string> words_of(const Assignment& assignment, std::uint32_t stage) {
  const std::string name = TextWorld::instruction_of(stage);
  return assignment.find(name) == nullptr ? std::set<std::string>{}
                                          : words_of(assignment.text(name));
}

std::string joined(const std::set<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

/// Says the same in another way, mostly: words without effect.
std::string manner(core::Stream& stream) {
  return stream.chance(0.8) ? " manner" + std::to_string(stream.below(1000)) : "";
}

std::string skill(std::uint32_t kind) { return "skill" + std::to_string(kind); }

}  // namespace

std::string TextWorld::instruction_of(std::uint32_t stage) {
  return "stage" + std::to_string(stage) + "_instruction";
}
std::string TextWorld::demonstrations_of(std::uint32_t stage) {
  return "stage" + std::to_string(stage) + "_demonstrations";
}

model::Space TextWorld::space() const {
  std::vector<model::Parameter> parameters;
  if (options_.has_numbers) {
    parameters.push_back(model::testing::boolean("thinks", false));
    parameters.push_back(
        model::testing::only_if(model::testing::real("number", 0, 1, 0.9), "thinks", {"true"}));
  }
  for (std::uint32_t stage = 0; stage < options_.stages; ++stage) {
    const bool is_optional = options_.has_optional_stage && stage + 1 == options_.stages;
    const auto add = [&](model::Parameter parameter) {
      parameters.push_back(is_optional
                               ? model::testing::only_if(std::move(parameter), "thinks", {"true"})
                               : std::move(parameter));
    };
    model::Parameter instruction;
    instruction.name = instruction_of(stage);
    instruction.kind = model::ParameterKind::text;
    instruction.initial = std::string{"answer"};
    instruction.open = true;
    if (stage == 0 && !options_.choices.empty()) {
      instruction.choices = options_.choices;
      instruction.choices.insert(instruction.choices.begin(), "answer");
    }
    add(instruction);
    if (options_.most_demonstrations > 0)
      add(model::testing::demonstrations(demonstrations_of(stage), 0,
                                         options_.most_demonstrations));
  }
  return model::Space{parameters, options_.constraints, options_.starting_points};
}

StrategyInput TextWorld::input() const {
  return {.space = space(),
          .train_size = options_.train,
          .trials = options_.trials,
          .maximise = options_.maximise};
}

std::uint32_t TextWorld::kind_of(Split split, std::uint32_t example) const {
  core::Stream stream{options_.seed, core::Purpose::generate, static_cast<std::uint32_t>(split),
                      example};
  return static_cast<std::uint32_t>(stream.below(kinds));
}

double TextWorld::chance(const Assignment& assignment, std::uint32_t kind) const {
  const std::uint32_t stage = kind % options_.stages;
  double noise = 0;
  for (std::uint32_t other = 0; other < options_.stages; ++other)
    for (const std::string& word : words_of(assignment, other))
      noise += word.starts_with("noise") ? 1 : 0;
  double chance = base_chance - noise_loss * noise;
  if (words_of(assignment, stage).contains(skill(kind))) chance += word_gain;
  const auto& shown = assignment.demonstrations(demonstrations_of(stage)).positions;
  const bool fits = std::ranges::any_of(
      shown, [&](std::uint32_t example) { return kind_of(Split::train, example) == kind; });
  if (fits) chance += demonstration_gain;
  if (options_.has_numbers)
    chance += assignment.boolean("thinks")
                  ? 0.1 - number_loss * std::fabs(assignment.real("number") - best_number)
                  : 0;
  return std::clamp(chance, 0.02, 0.98);
}

double TextWorld::quality(const Assignment& assignment) const {
  double sum = 0;
  for (std::uint32_t kind = 0; kind < kinds; ++kind) sum += chance(assignment, kind);
  return sum / kinds;
}

CellResult TextWorld::evaluate(const Assignment& assignment, Split split,
                               std::uint32_t position) const {
  const std::uint32_t kind = kind_of(split, position / options_.trials);
  core::Stream luck{options_.seed, core::Purpose::program, static_cast<std::uint32_t>(split),
                    position};
  CellResult result;
  const bool is_common = luck.chance(common_luck);
  core::Stream own{options_.seed ^ digest(assignment).low, core::Purpose::program,
                   static_cast<std::uint32_t>(split), position};
  const bool is_right = (is_common ? luck : own).chance(chance(assignment, kind));
  result.status = is_right ? CellStatus::ok : CellStatus::wrong;
  result.score = is_right == options_.maximise ? 1 : 0;
  if (luck.chance(0.02)) {
    result.status = CellStatus::crashed;
    result.score = std::nan("");
  }
  return result;
}

std::string TextWorld::output(const Assignment& assignment, std::uint32_t position) const {
  const std::uint32_t kind = kind_of(Split::train, position / options_.trials);
  const CellResult result = evaluate(assignment, Split::train, position);
  if (result.status == CellStatus::crashed) return "";
  return (result.status == CellStatus::ok ? "right " : "not ") + std::to_string(kind);
}

std::string TextWorld::word(core::Stream& stream, double good_share) const {
  if (stream.chance(good_share)) return skill(static_cast<std::uint32_t>(stream.below(kinds)));
  return "noise" + std::to_string(stream.below(noises));
}

std::string TextWorld::write(const TextRequest& request, std::uint32_t sample) const {
  core::Stream stream{options_.seed ^ digest(request).low, core::Purpose::simulate, sample};
  if (stream.chance(options_.failure_share)) return "";
  if (request.kind == RequestKind::describe) return "examples are of some kinds";
  if (request.kind == RequestKind::advise) {
    const std::uint32_t example = request.observations.front().position / options_.trials;
    return (stream.chance(0.8) ? skill(kind_of(Split::train, example)) : word(stream, 0)) +
           manner(stream);
  }
  std::set<std::string> words =
      words_of(request.attempts.empty() ? request.assignment.text(request.parameter)
                                        : request.attempts.back().text);
  if (words.size() > 2 && stream.chance(0.3))
    words.erase(std::next(words.begin(), static_cast<std::ptrdiff_t>(stream.below(words.size()))));
  for (int added = 0; added < 2; ++added)
    words.insert(word(stream, request.notes.empty() ? 0.5 : 0.7));
  for (const model::Observation& seen : request.observations)
    if (seen.status != CellStatus::ok && stream.chance(options_.insight))
      words.insert(skill(kind_of(Split::train, seen.position / options_.trials)));
  return joined(words) + manner(stream);
}

// --- evidence ------------------------------------------------------------------------------------

std::span<const CellResult> WorldEvidence::results(model::CandidateIndex candidate,
                                                   std::uint32_t begin, std::uint32_t end) const {
  EXPECT_LT(begin, end);
  if (candidate >= rows_.size()) return {};
  const Row& row = rows_[candidate];
  if (end > row.train.size()) {
    ADD_FAILURE() << "there is no train cell " << end - 1;
    return {};
  }
  const bool is_finished = std::all_of(row.finished.begin() + begin, row.finished.begin() + end,
                                       [](bool it) { return it; });
  if (!is_finished) return {};
  return std::span{row.train}.subspan(begin, end - begin);
}

std::string_view WorldEvidence::output(model::CandidateIndex candidate,
                                       std::uint32_t position) const {
  EXPECT_TRUE(rows_.at(candidate).finished.at(position));
  return rows_[candidate].outputs[position];
}

std::span<const CellResult> WorldEvidence::validation(const CandidateOutcome& outcome) const {
  return std::span{rows_.at(outcome.index).validation}.first(outcome.cells);
}

std::optional<std::string_view> WorldEvidence::text(const TextRequest& request,
                                                    std::uint32_t sample) const {
  const auto found = texts_.find(digest(request));
  if (found == texts_.end() || sample >= found->second.size()) return std::nullopt;
  return found->second[sample];
}

void WorldEvidence::add(const model::Candidate& candidate) {
  Row row{.assignment = candidate.assignment,
          .train = {},
          .validation = {},
          .outputs = {},
          .finished = {}};
  const TextWorldOptions& options = world_.options();
  for (std::uint32_t position = 0; position < options.train * options.trials; ++position) {
    row.train.push_back(world_.evaluate(row.assignment, Split::train, position));
    row.outputs.push_back(world_.output(row.assignment, position));
  }
  for (std::uint32_t position = 0; position < options.validation * options.trials; ++position)
    row.validation.push_back(world_.evaluate(row.assignment, Split::validation, position));
  row.finished.resize(row.train.size());
  rows_.push_back(std::move(row));
}

std::uint32_t WorldEvidence::finish(const model::CellRange& range) {
  std::uint32_t fresh = 0;
  Row& row = rows_.at(range.candidate);
  for (std::uint32_t position = range.begin; position < range.end; ++position) {
    fresh += row.finished[position] ? 0 : 1;
    row.finished[position] = true;
  }
  return fresh;
}

std::uint32_t WorldEvidence::finish(const TextNeed& need) {
  EXPECT_LE(need.samples, model::most_samples);
  std::vector<std::string>& texts = texts_[digest(need.request)];
  std::uint32_t fresh = 0;
  for (; texts.size() < need.samples; ++fresh)
    texts.push_back(world_.write(need.request, static_cast<std::uint32_t>(texts.size())));
  return fresh;
}

// --- course --------------------------------------------------------------------------------------

namespace {

class Course {
 public:
  Course(const TextWorld& world, const WorldCourseOptions& options)
      : world_{world},
        options_{options},
        heat_{options.strategy.iteration},
        stream_{7, core::Purpose::simulate, options.order},
        strategy_{make_strategy(options.strategy, world.input())},
        evidence_{world} {}

  WorldCourse run() {
    while (!is_exhausted_ && course_.cells < options_.most_cells) {
      for (; told_ < course_.outcomes.size(); ++told_) strategy_->tell(course_.outcomes[told_]);
      const auto begin = static_cast<std::uint32_t>(course_.candidates.size());
      propose(begin, begin + heat_);
      evaluate(begin);
      if (course_.candidates.size() == begin) break;
    }
    return std::move(course_);
  }

 private:
  void accept(model::Candidate candidate) {
    EXPECT_EQ(world_.space().problem_of(candidate.assignment), "") << candidate.origin;
    EXPECT_EQ(candidate.index, course_.candidates.size());
    evidence_.add(candidate);
    strategy_->accept(candidate);
    course_.candidates.push_back(std::move(candidate));
  }

  void propose(std::uint32_t begin, std::uint32_t end) {
    course_.rounds.push_back(0);
    for (std::uint32_t next = begin; next < end && next < options_.restored.size(); ++next)
      accept(options_.restored[next]);
    while (course_.candidates.size() < end && !is_exhausted_) {
      std::vector<Need> needs;
      for (auto index = static_cast<std::uint32_t>(course_.candidates.size()); index < end;
           ++index) {
        Reply reply = strategy_->ask(index, evidence_);
        if (auto* need = std::get_if<Need>(&reply)) needs.push_back(std::move(*need));
        if (index != course_.candidates.size()) continue;
        if (std::holds_alternative<Exhausted>(reply)) is_exhausted_ = true;
        if (auto* made = std::get_if<model::Candidate>(&reply)) accept(std::move(*made));
      }
      fulfil(needs);
    }
  }

  void fulfil(std::vector<Need>& needs) {
    if (options_.order > 0) stream_.shuffle(std::span{needs});
    std::uint64_t fresh = 0;
    for (const Need& need : needs) {
      EXPECT_FALSE(need.ranges.empty() && need.texts.empty());
      if (fresh > 0 && options_.order > 0 && stream_.chance(0.5)) continue;
      for (const model::CellRange& range : need.ranges) fresh += evidence_.finish(range);
      for (const TextNeed& text : need.texts) {
        const std::uint32_t written = evidence_.finish(text);
        course_.samples += written;
        fresh += written;
        course_.requests.push_back(text.request);
      }
    }
    course_.cells += fresh;
    if (fresh > 0) ++course_.rounds.back();
    if (fresh == 0 && !needs.empty()) {
      ADD_FAILURE() << "what is there is asked for again";
      is_exhausted_ = true;
    }
  }

  [[nodiscard]] CandidateOutcome outcome(std::uint32_t index, std::uint32_t cells) const {
    CandidateOutcome outcome{
        .index = index, .score = 0, .cells = cells, .complete = false, .valid = true};
    for (std::uint32_t position = 0; position < cells; ++position) {
      const CellResult cell =
          world_.evaluate(course_.candidates[index].assignment, Split::validation, position);
      const double worst = world_.options().maximise ? 0 : 1;
      outcome.score += (std::isnan(cell.score) ? worst : cell.score) / cells;
    }
    return outcome;
  }

  void evaluate(std::uint32_t begin) {
    const auto end = static_cast<std::uint32_t>(course_.candidates.size());
    const std::uint32_t all = world_.options().validation * world_.options().trials;
    const double sign = world_.options().maximise ? 1 : -1;
    std::vector<CandidateOutcome> heat;
    for (std::uint32_t index = begin; index < end; ++index) heat.push_back(outcome(index, all / 4));
    std::ranges::stable_sort(heat, std::ranges::greater{},
                             [sign](const CandidateOutcome& it) { return sign * it.score; });
    for (std::size_t place = 0; place < heat.size(); ++place) {
      if (place < (heat.size() + 1) / 2) {
        heat[place] = outcome(heat[place].index, all);
        heat[place].complete = true;
        if (course_.best == 0 || sign * heat[place].score > sign * best_score_) {
          best_score_ = heat[place].score;
          course_.best = world_.quality(course_.candidates[heat[place].index].assignment);
        }
      }
      course_.cells += heat[place].cells;
    }
    std::ranges::sort(heat, {}, &CandidateOutcome::index);
    course_.outcomes.insert(course_.outcomes.end(), heat.begin(), heat.end());
  }

  const TextWorld& world_;
  const WorldCourseOptions& options_;
  std::uint32_t heat_;
  core::Stream stream_;
  std::unique_ptr<Strategy> strategy_;
  WorldEvidence evidence_;
  WorldCourse course_;
  std::size_t told_ = 0;
  double best_score_ = 0;
  bool is_exhausted_ = false;
};

}  // namespace

WorldCourse run_world(const TextWorld& world, const WorldCourseOptions& options) {
  return Course{world, options}.run();
}

}  // namespace foundation::optimize::testing
