// Programs that measure the framework instead of solving a task.
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstdlib>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "core/error.hpp"
#include "core/exact_math.hpp"
#include "core/random.hpp"
#include "programs/detail/built_in_programs.hpp"

namespace foundation::programs::detail {
namespace {

constexpr std::int64_t last_variant = 1'000'000;

/// One parameter, so that a search has something to draw.
model::Space variant_space() {
  return model::Space{
      {{.name = "variant",
        .kind = model::ParameterKind::integer,
        .low = 0,
        .high = static_cast<double>(last_variant),
        .choices = {},
        .initial = std::int64_t{0},
        .conditions = {},
        .description = "tells candidates apart; with `sleep_mistakes`, high ones err less"}}};
}

class AnswerLabel : public PreparedProgram {
 public:
  [[nodiscard]] CellOutput run(const CellInput& cell) const override {
    return {.text = cell.example->label};
  }
};

class Nothing : public Program {
 public:
  [[nodiscard]] std::string identity() const override { return "nothing 1"; }
  [[nodiscard]] model::Space space() const override { return variant_space(); }
  [[nodiscard]] std::unique_ptr<PreparedProgram> prepare(const model::Candidate&,
                                                         const SplitDataset&) const override {
    return std::make_unique<AnswerLabel>();
  }
};

/// Logarithm of a cell's duration: normal, with the mean chosen so that exp() of it has the mean
/// asked for.
struct SleepLaw {
  double mean_s = 0;
  double sigma = 0;

  [[nodiscard]] double duration_s(core::Stream& stream) const {
    const double normal = core::exact::normal_quantile(stream.uniform() + 0x1.0p-54);
    if (mean_s == 0) return 0;
    return mean_s * core::exact::exp(sigma * normal - sigma * sigma / 2);
  }
};

class PreparedSleep : public PreparedProgram {
 public:
  PreparedSleep(SleepLaw law, double mistakes, std::uint64_t seed, model::CandidateIndex candidate,
                const SplitDataset& data)
      : law_{law}, mistakes_{mistakes}, seed_{seed}, candidate_{candidate}, data_{data} {}

  [[nodiscard]] CellOutput run(const CellInput& cell) const override {
    const auto& order = data_.order[static_cast<std::size_t>(cell.split)];
    core::Stream stream{seed_, core::Purpose::program, candidate_, order[cell.example_position],
                        cell.trial};
    std::this_thread::sleep_for(std::chrono::duration<double>{law_.duration_s(stream)});
    const std::string& label = cell.example->label;
    return {.text = stream.uniform() < mistakes_ ? "not " + label : label};
  }

 private:
  SleepLaw law_;
  double mistakes_;  ///< share of this candidate
  std::uint64_t seed_;
  model::CandidateIndex candidate_;
  const SplitDataset& data_;
};

class Sleep : public Program {
 public:
  Sleep(SleepLaw law, double mistakes, std::uint64_t seed)
      : law_{law}, mistakes_{mistakes}, seed_{seed} {}

  [[nodiscard]] std::string identity() const override { return "sleep 1"; }
  [[nodiscard]] model::Space space() const override { return variant_space(); }
  [[nodiscard]] std::unique_ptr<PreparedProgram> prepare(const model::Candidate& candidate,
                                                         const SplitDataset& data) const override {
    const double variant =
        static_cast<double>(candidate.assignment.integer("variant")) / last_variant;
    return std::make_unique<PreparedSleep>(law_, mistakes_ * (1 - variant), seed_, candidate.index,
                                           data);
  }

 private:
  SleepLaw law_;
  double mistakes_;  ///< share of variant 0
  std::uint64_t seed_;
};

/// Ends this process or holds it for ever, as the input says, or returns.
void obey(const Example& example) {
  for (const std::string& word : example.inputs) {
    if (word == "!SIGKILL") std::raise(SIGKILL);
    if (word == "!SIGABRT") std::abort();
    if (word == "!exit") std::_Exit(0);
    while (word == "!hang") std::this_thread::sleep_for(std::chrono::hours{1});
    if (word != "!SIGSEGV") continue;
    std::signal(SIGSEGV, SIG_DFL);  // sanitizers would turn it into an exit
    std::raise(SIGSEGV);
  }
}

class PreparedDeadly final : public PreparedProgram {
 public:
  explicit PreparedDeadly(std::unique_ptr<PreparedProgram> sleep) : sleep_{std::move(sleep)} {}
  [[nodiscard]] CellOutput run(const CellInput& cell) const override {
    CellOutput output = sleep_->run(cell);
    obey(*cell.example);
    return output;
  }

 private:
  std::unique_ptr<PreparedProgram> sleep_;
};

class Deadly final : public Program {
 public:
  explicit Deadly(std::unique_ptr<Program> sleep) : sleep_{std::move(sleep)} {}

  [[nodiscard]] std::string identity() const override { return "deadly 1"; }
  [[nodiscard]] model::Space space() const override { return variant_space(); }
  [[nodiscard]] std::unique_ptr<PreparedProgram> prepare(const model::Candidate& candidate,
                                                         const SplitDataset& data) const override {
    return std::make_unique<PreparedDeadly>(sleep_->prepare(candidate, data));
  }

 private:
  std::unique_ptr<Program> sleep_;
};

/// Longest mean and widest spread: beyond them single cells would sleep for weeks.
constexpr double longest_mean_s = 3600;
constexpr double widest_sigma = 4;

void check(std::string_view name, double value, double highest) {
  if (value >= 0 && value <= highest) return;
  throw core::Error{
      core::ErrorKind::bad_input,
      fmt::format("{} of the program 'sleep' is {}, not between 0 and {}", name, value, highest)};
}

}  // namespace

std::unique_ptr<Program> make_nothing() { return std::make_unique<Nothing>(); }

std::unique_ptr<Program> make_sleep(const ProgramOptions& options) {
  check("the mean duration", options.sleep_mean_s, longest_mean_s);
  check("sigma", options.sleep_sigma, widest_sigma);
  check("the share of mistakes", options.sleep_mistakes, 1);
  return std::make_unique<Sleep>(
      SleepLaw{.mean_s = options.sleep_mean_s, .sigma = options.sleep_sigma},
      options.sleep_mistakes, options.seed);
}

std::unique_ptr<Program> make_deadly(const ProgramOptions& options) {
  return std::make_unique<Deadly>(make_sleep(options));
}

}  // namespace foundation::programs::detail
