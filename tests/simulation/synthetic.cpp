#include "tests/simulation/synthetic.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "core/random.hpp"

namespace foundation::simulation {

using model::Candidate;
using model::CellResult;
using model::CellStatus;
using model::Split;
using optimize::CandidateOutcome;
using optimize::Evidence;
using optimize::Exhausted;
using optimize::Need;
using optimize::Reply;

namespace {

constexpr std::string_view parameter = "x";

Candidate make_candidate(std::uint32_t index, std::uint64_t x, model::CandidateIndex parent) {
  model::Assignment assignment;
  assignment.set(parameter, static_cast<std::int64_t>(x >> 1));
  return {.index = index, .parent = parent, .origin = "synthetic", .assignment = assignment};
}

std::uint64_t mixed(std::uint64_t seed, std::uint32_t index, std::uint64_t with) {
  core::Stream stream{seed ^ with, core::Purpose::sample, index};
  return stream.next();
}

/// Base of all: so many proposals, counted.
class SyntheticStrategy : public optimize::Strategy {
 public:
  explicit SyntheticStrategy(const SyntheticJob& job) : job_{job} {}

  [[nodiscard]] Reply ask(std::uint32_t index, const Evidence& evidence) const final {
    if (index >= job_.candidates) return Exhausted{};
    if (index == 0) return make_candidate(0, mixed(job_.seed, 0, 0), model::no_candidate);
    return propose(index, evidence);
  }
  void accept(const Candidate& candidate) final {
    accepted_ = accepted_ * 31 + model::digest(candidate.assignment).low;
  }
  void tell(const CandidateOutcome& /*outcome*/) override {}

 protected:
  [[nodiscard]] virtual Reply propose(std::uint32_t index, const Evidence& evidence) const = 0;
  [[nodiscard]] const SyntheticJob& job() const noexcept { return job_; }
  [[nodiscard]] std::uint64_t accepted() const noexcept { return accepted_; }

 private:
  SyntheticJob job_;
  std::uint64_t accepted_ = 0;
};

class RandomStrategy final : public SyntheticStrategy {
 public:
  using SyntheticStrategy::SyntheticStrategy;

 private:
  [[nodiscard]] Reply propose(std::uint32_t index, const Evidence&) const override {
    return make_candidate(index, mixed(job().seed, index, accepted()), model::no_candidate);
  }
};

/// Looks at a block of train cells, and at a second one unless most of the first succeeded.
class BootstrapStrategy final : public SyntheticStrategy {
 public:
  using SyntheticStrategy::SyntheticStrategy;

 private:
  static constexpr std::uint32_t blocks = 4;

  [[nodiscard]] model::CellRange block(std::uint32_t number) const {
    const std::uint32_t size = std::max(job().train / blocks, 1U);
    const std::uint32_t begin = (number % blocks) * size;
    return {0, Split::train, begin, std::min(begin + size, job().train)};
  }

  [[nodiscard]] Reply propose(std::uint32_t index, const Evidence& evidence) const override {
    std::uint64_t seen = 0;
    std::uint32_t successes = 0;
    for (std::uint32_t wave = 0; wave < 2; ++wave) {
      const model::CellRange range = block(index * 3 + wave * 2);
      const auto cells = evidence.results(range.candidate, range.begin, range.end);
      if (cells.empty()) return Need{{range}};
      for (const CellResult& cell : cells) {
        seen = seen * 31 + cell.output;
        if (cell.status == CellStatus::ok) ++successes;
      }
      if (successes * 2 > range.size()) break;
    }
    return make_candidate(index, mixed(job().seed, index, seen), 0);
  }
};

/// Knows the best outcome told; any other order or set of tells leads to another state.
class LearningStrategy : public SyntheticStrategy {
 public:
  using SyntheticStrategy::SyntheticStrategy;

  void tell(const CandidateOutcome& outcome) final {
    told_ = told_ * 31 + outcome.index + 1;
    if (!outcome.valid) return;
    const double gain = job().maximise ? outcome.score : -outcome.score;
    if (best_ == model::no_candidate || gain > best_gain_) {
      best_ = outcome.index;
      best_gain_ = gain;
    }
  }

 protected:
  [[nodiscard]] std::uint64_t told() const noexcept { return told_; }
  [[nodiscard]] model::CandidateIndex best() const noexcept { return best_; }

 private:
  std::uint64_t told_ = 0;
  model::CandidateIndex best_ = model::no_candidate;
  double best_gain_ = 0;
};

class AdaptiveStrategy final : public LearningStrategy {
 public:
  using LearningStrategy::LearningStrategy;

 private:
  [[nodiscard]] Reply propose(std::uint32_t index, const Evidence&) const override {
    return make_candidate(index, mixed(job().seed + best(), index, told()), best());
  }
};

/// Looks at a train cell and at a note that all proposals share, then has texts written about both.
/// By heats it asks about the best candidate told, else about the baseline.
class TextStrategy final : public LearningStrategy {
 public:
  using LearningStrategy::LearningStrategy;

 private:
  [[nodiscard]] Reply propose(std::uint32_t index, const Evidence& evidence) const override {
    const bool learns = job().by_heats && best() != model::no_candidate;
    const model::CandidateIndex subject = learns ? best() : 0;
    const std::uint32_t position = index * 5 % job().train;
    const model::TextRequest note{.kind = model::RequestKind::describe, .examples = {0, 1}};
    const std::uint32_t noted = index % 2;
    const auto cells = evidence.results(subject, position, position + 1);
    const auto notes = evidence.text(note, noted);
    Need need;
    if (cells.empty()) need.ranges.push_back({subject, Split::train, position, position + 1});
    if (!notes) need.texts.push_back({note, noted + 1});
    if (cells.empty() || !notes) return need;

    const CellResult& seen = cells.front();
    model::TextRequest request{.parameter = std::string{parameter}, .examples = {index}};
    request.observations = {{position, seen.status,
                             seen.status <= CellStatus::wrong ? seen.score : 0,
                             std::string{evidence.output(subject, position)}}};
    request.notes = *notes;
    if (learns) request.tip = std::to_string(told());
    const std::uint32_t samples = 1 + index % 3;
    std::uint64_t read = core::hash_text(*notes);
    for (std::uint32_t sample = 0; sample < samples; ++sample) {
      const auto text = evidence.text(request, sample);
      if (!text) return Need{.texts = {{request, samples}}};
      read = read * 31 + core::hash_text(*text);
    }
    return make_candidate(index, mixed(job().seed, index, read), subject);
  }
};

core::Stream cell_stream(const SyntheticJob& job, const core::Digest& candidate, Split split,
                         std::uint32_t position, std::uint32_t use) {
  return {candidate.low ^ job.seed, core::Purpose::program, position,
          static_cast<std::uint32_t>(split), use};
}

}  // namespace

std::string_view name_of(SyntheticKind kind) noexcept {
  switch (kind) {
    case SyntheticKind::random: return "random";
    case SyntheticKind::bootstrap: return "bootstrap";
    case SyntheticKind::adaptive: return "adaptive";
    case SyntheticKind::texts: return "texts";
  }
  return "";
}

bool is_stubborn(const SyntheticJob& job, const core::Digest& candidate, Split split,
                 std::uint32_t position) {
  return job.stubborn_share > 0 &&
         cell_stream(job, candidate, split, position, 1).chance(job.stubborn_share);
}

bool is_poison(const SyntheticJob& job, const core::Digest& candidate, Split split,
               std::uint32_t position) {
  return job.poison_share > 0 &&
         cell_stream(job, candidate, split, position, 2).chance(job.poison_share);
}

CellResult evaluate(const SyntheticJob& job, const core::Digest& subject, Split split,
                    std::uint32_t position) {
  constexpr double levels = 2;
  CellResult result;
  if (is_stubborn(job, subject, split, position) || is_poison(job, subject, split, position)) {
    result.status = CellStatus::crashed;
    return result;
  }
  core::Stream stream = cell_stream(job, subject, split, position, 0);
  const double talent = static_cast<double>(subject.high >> 40) * 0x1.0p-24;
  result.output = stream.next();
  result.duration_us = static_cast<std::uint32_t>(stream.below(1000));
  result.cost = static_cast<double>(result.output % 16) * 0.25;
  if (stream.chance(job.failure_share)) {
    constexpr std::array failures{CellStatus::invalid_output, CellStatus::timeout,
                                  CellStatus::crashed, CellStatus::out_of_memory};
    result.status = failures[stream.below(failures.size())];
    result.output = 0;  // how a failure is told is no part of it
    return result;
  }
  if (split == Split::request) {
    result.status = CellStatus::ok;
    return result;
  }
  const auto level = static_cast<double>(stream.below(static_cast<std::uint64_t>(levels) + 1));
  result.score = std::min(level / levels * 0.5 + (stream.chance(talent) ? 0.5 : 0.0), 1.0);
  result.status = result.score >= 0.5 ? CellStatus::ok : CellStatus::wrong;
  return result;
}

std::string text_of(const CellResult& result) { return fmt::format("{:x}", result.output); }

std::unique_ptr<optimize::Strategy> make_synthetic_strategy(const SyntheticJob& job) {
  switch (job.kind) {
    case SyntheticKind::random: return std::make_unique<RandomStrategy>(job);
    case SyntheticKind::bootstrap: return std::make_unique<BootstrapStrategy>(job);
    case SyntheticKind::adaptive: return std::make_unique<AdaptiveStrategy>(job);
    case SyntheticKind::texts: return std::make_unique<TextStrategy>(job);
  }
  return nullptr;
}

double synthetic_score(const SyntheticJob& job, const CellResult* cells, std::size_t count) {
  double sum = 0;
  for (const CellResult& cell : std::span{cells, count}) {
    if (cell.status <= CellStatus::wrong) sum += cell.score;
    if (!job.maximise && cell.status == CellStatus::crashed)
      return std::numeric_limits<double>::quiet_NaN();
  }
  return count == 0 ? std::numeric_limits<double>::quiet_NaN() : sum / static_cast<double>(count);
}

}  // namespace foundation::simulation
