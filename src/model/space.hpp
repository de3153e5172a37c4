#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/random.hpp"
#include "model/candidate.hpp"

namespace foundation::model {

enum class ParameterKind : std::uint8_t {
  real,            ///< double in [low, high]
  log_real,        ///< double in [low, high], low > 0, uniform in the logarithm
  integer,         ///< int64 in [low, high]
  categorical,     ///< one of `choices`
  boolean,         ///< true or false; one of `choices` when given (to fix it)
  text,            ///< one of `choices` when given, else fixed text
  demonstrations,  ///< up to `high` positions of the train split, at least `low`
};
[[nodiscard]] std::string_view name_of(ParameterKind kind) noexcept;

/// The parameter is active only while an earlier parameter (categorical, boolean or integer, as
/// text) is active and has one of these values.
struct Condition {
  std::string parameter;
  std::vector<std::string> values;
};

struct Parameter {
  std::string name;
  ParameterKind kind = ParameterKind::real;
  double low = 0;
  double high = 0;
  std::vector<std::string> choices;
  bool open = false;                  ///< text: strategies may have other texts written for it
  Value initial;                      ///< the program's own value: what the baseline uses
  std::vector<Condition> conditions;  ///< all must hold
  std::string description;
};

/// Linear constraint sum(coefficient * parameter) <= bound over numeric parameters; one with an
/// inactive parameter does not bind.
struct Constraint {
  struct Term {
    double coefficient = 1;
    std::string parameter;
  };
  std::vector<Term> terms;
  double bound = 0;
  std::string text;  ///< as the user wrote it
};

/// Parses `a + 2*b <= 10` or `a >= b` into the form above. Throws core::Error{bad_input}.
[[nodiscard]] Constraint parse_constraint(std::string_view text);

/// The parameters a strategy may vary, with conditions and constraints between them, and the
/// user's own starting points. Immutable once built.
class Space {
 public:
  Space() = default;
  /// Checks everything (unique names, ranges, initial values inside, conditions on earlier
  /// parameters, constraints over known numeric ones that the initial assignment satisfies,
  /// valid starting points) and throws core::Error{bad_input} naming the parameter. A starting
  /// point may give some parameters only: it is completed as by `normalised`. Demonstrations may
  /// be left empty whatever their `low`: a strategy fills them.
  Space(std::vector<Parameter> parameters, std::vector<Constraint> constraints = {},
        std::vector<Assignment> starting_points = {});

  [[nodiscard]] const std::vector<Parameter>& parameters() const noexcept { return parameters_; }
  [[nodiscard]] const std::vector<Constraint>& constraints() const noexcept { return constraints_; }
  [[nodiscard]] const std::vector<Assignment>& starting_points() const noexcept {
    return starting_points_;
  }
  [[nodiscard]] const Parameter* find(std::string_view name) const noexcept;

  /// Initial value of every active parameter.
  [[nodiscard]] Assignment initial() const;
  /// Uniform draw (log-uniform for log_real; demonstrations: a uniform size in [low, high], then a
  /// uniform subset of [0, train_size)) that satisfies the constraints, by rejection. Throws
  /// core::Error{bad_input} naming the constraints when 10,000 draws fail.
  [[nodiscard]] Assignment sample(core::Stream& stream, std::uint32_t train_size) const;
  /// The assignment with all its demonstrations drawn as by `sample`.
  [[nodiscard]] Assignment with_drawn_demonstrations(Assignment assignment, core::Stream& stream,
                                                     std::uint32_t train_size) const;
  /// Empty if valid, else what is wrong.
  [[nodiscard]] std::string problem_of(const Assignment& assignment) const;
  /// Drops inactive parameters, adds newly active ones with initial values, restores the order.
  [[nodiscard]] Assignment normalised(const Assignment& assignment) const;
  /// Identity of the space, part of the job's.
  [[nodiscard]] core::Digest digest() const;

 private:
  void add_starting_point(const Assignment& given, std::size_t number);

  std::vector<Parameter> parameters_;
  std::vector<Constraint> constraints_;
  std::vector<Assignment> starting_points_;
};

}  // namespace foundation::model
