#include <array>
#include <cmath>
#include <numbers>

#include <fmt/format.h>

#include "core/error.hpp"
#include "core/exact_math.hpp"
#include "programs/detail/built_in_programs.hpp"
#include "programs/detail/text.hpp"

namespace foundation::programs::detail {
namespace {

using model::Parameter;
using model::ParameterKind;

constexpr double pi = std::numbers::pi;
/// Arguments core::exact takes for sine.
constexpr double largest_angle = 0x1.0p20;

Parameter real(std::string name, double low, double high, double initial, std::string description) {
  return {.name = std::move(name),
          .kind = ParameterKind::real,
          .low = low,
          .high = high,
          .choices = {},
          .initial = initial,
          .conditions = {},
          .description = std::move(description)};
}

std::vector<Parameter> parameters() {
  std::vector<Parameter> all;
  all.push_back(real("amplitude", 0.1, 5, 1, "height of the wave at t = 0"));
  all.push_back(real("frequency", 0.05, 2, 0.5, "periods per unit of t"));
  all.push_back(real("damping", 0.001, 2, 0.1, "rate of decay"));
  all.back().kind = ParameterKind::log_real;
  all.push_back(real("phase", -pi, pi, 0, "angle at t = 0, in radians"));
  all.push_back({.name = "decay",
                 .kind = ParameterKind::categorical,
                 .low = 0,
                 .high = 0,
                 .choices = {"exponential", "power"},
                 .initial = std::string{"exponential"},
                 .conditions = {},
                 .description = "exp(-damping t) or (1 + t)^-damping"});
  all.push_back({.name = "harmonics",
                 .kind = ParameterKind::integer,
                 .low = 0,
                 .high = 3,
                 .choices = {},
                 .initial = std::int64_t{0},
                 .conditions = {},
                 .description = "overtones beside the fundamental"});
  all.push_back(real("overtone", 0, 1, 0.25, "height of each overtone relative to the one below"));
  all.back().conditions = {{.parameter = "harmonics", .values = {"1", "2", "3"}}};
  all.push_back({.name = "offset_on",
                 .kind = ParameterKind::boolean,
                 .low = 0,
                 .high = 0,
                 .choices = {},
                 .initial = false,
                 .conditions = {},
                 .description = "whether the wave swings around `offset` instead of 0"});
  all.push_back(real("offset", -2, 2, 0, "what the wave swings around"));
  all.back().conditions = {{.parameter = "offset_on", .values = {"true"}}};
  return all;
}

/// offset + amplitude * decay(t) * sum over h of overtone^h * sin(2 pi (h + 1) frequency t + phase)
class PreparedOscillator : public PreparedProgram {
 public:
  explicit PreparedOscillator(const model::Assignment& settings)
      : amplitude_{settings.real("amplitude")},
        frequency_{settings.real("frequency")},
        damping_{settings.real("damping")},
        phase_{settings.real("phase")},
        exponential_{settings.text("decay") == "exponential"},
        harmonics_{settings.integer("harmonics")},
        overtone_{harmonics_ > 0 ? settings.real("overtone") : 0},
        offset_{settings.boolean("offset_on") ? settings.real("offset") : 0} {}

  [[nodiscard]] CellOutput run(const CellInput& cell) const override {
    const auto t = parse_number(cell.example->inputs.front());
    const double highest_angle =
        std::fabs(2 * pi * frequency_ * t.value_or(0) * static_cast<double>(harmonics_ + 1)) +
        std::fabs(phase_);
    if (!t || !(highest_angle <= largest_angle)) {
      return {.status = model::CellStatus::invalid_output, .text = {}};
    }
    return {.text = fmt::format("{:.9g}", value_at(*t))};
  }

 private:
  [[nodiscard]] double value_at(double t) const {
    double wave = 0;
    double height = 1;
    for (std::int64_t harmonic = 0; harmonic <= harmonics_; ++harmonic) {
      const double angle = 2 * pi * static_cast<double>(harmonic + 1) * frequency_ * t + phase_;
      wave += height * core::exact::sin(angle);
      height *= overtone_;
    }
    const double decay =
        exponential_ ? core::exact::exp(-damping_ * t) : core::exact::pow(1 + t, -damping_);
    return offset_ + amplitude_ * decay * wave;
  }

  double amplitude_;
  double frequency_;
  double damping_;
  double phase_;
  bool exponential_;
  std::int64_t harmonics_;
  double overtone_;
  double offset_;
};

class Oscillator : public Program {
 public:
  [[nodiscard]] std::string identity() const override { return "oscillator 1"; }
  [[nodiscard]] model::Space space() const override { return model::Space{parameters()}; }
  [[nodiscard]] std::unique_ptr<PreparedProgram> prepare(const model::Candidate& candidate,
                                                         const SplitDataset&) const override {
    return std::make_unique<PreparedOscillator>(candidate.assignment);
  }
};

[[noreturn]] void reject(std::string message, std::string hint) {
  throw core::Error{core::ErrorKind::bad_input, std::move(message), std::move(hint)};
}

void check_number(const std::string& text, std::string_view field, const Example& example,
                  double lowest) {
  const auto number = parse_number(text);
  if (number && std::isfinite(*number) && *number >= lowest) return;
  reject(fmt::format("the field '{}' of example '{}' is '{}', but the program 'oscillator' needs "
                     "a finite number{}",
                     field, example.id, std::string_view{text}.substr(0, 40),
                     lowest == 0 ? " that is not negative" : ""),
         "correct the trainset, or choose another program");
}

}  // namespace

std::unique_ptr<Program> make_oscillator(const SplitDataset& data) {
  const Dataset& trainset = data.data;
  if (trainset.input_names.size() != 1 || trainset.label_name.empty()) {
    reject(
        "the program 'oscillator' needs one input field (the time) and a label field (the value)",
        "e.g. trainset.inputs = [\"t\"] and trainset.label = \"y\"");
  }
  for (const Example& example : trainset.examples) {
    check_number(example.inputs.front(), trainset.input_names.front(), example, 0);
    check_number(example.label, trainset.label_name, example, -HUGE_VAL);
  }
  return std::make_unique<Oscillator>();
}

}  // namespace foundation::programs::detail
