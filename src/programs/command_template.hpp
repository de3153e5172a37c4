#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/candidate.hpp"

/// The arguments of a command with placeholders: `{tol}` a parameter, `{example.path}` a field of
/// the example, `{seed}`, `{trial}`, `{scratch}`, `{folder}`; `{{` and `}}` are braces.
/// `{?fast}` stands for nothing: it tells whether its argument is wanted.
namespace foundation::programs {

/// What placeholders may name.
struct TemplateNames {
  std::vector<std::string> parameters{};
  std::vector<std::string> fields{};  ///< of examples, without `example.`
  bool parameters_vary = false;       ///< false: the command is started once for all candidates
  bool cells_vary = false;            ///< false: it is started once for many cells
};

/// What stands for the placeholders in one run.
struct TemplateValues {
  const model::Assignment* parameters = nullptr;
  const std::vector<std::string>* fields = nullptr;  ///< in the order of TemplateNames::fields
  std::uint64_t seed = 0;
  std::uint32_t trial = 0;
  std::string scratch{};
  std::string folder{};
};

/// One argument, understood.
class TemplateArgument {
 public:
  /// Throws core::Error{bad_input}, with the nearest name, for what is no placeholder and for
  /// braces that do not match.
  TemplateArgument(std::string_view text, const TemplateNames& names);

  /// False: it is to be left out, since it has a placeholder of a parameter that is inactive, or
  /// `{?NAME}` of one that is inactive or false.
  [[nodiscard]] bool is_wanted(const TemplateValues& values) const;
  [[nodiscard]] std::string expand(const TemplateValues& values) const;
  /// Whether it is the same in every run on one machine.
  [[nodiscard]] bool is_constant() const noexcept;

 private:
  enum class Part : std::uint8_t { text, parameter, wanted, field, seed, trial, scratch, folder };
  struct Piece {
    Part part = Part::text;
    std::string text;       ///< as it is, or the parameter's name
    std::size_t field = 0;  ///< its place among the fields
  };
  [[nodiscard]] static Piece placeholder(std::string_view name, const TemplateNames& names);
  [[nodiscard]] static std::string value_of(const Piece& piece, const TemplateValues& values);
  std::vector<Piece> pieces_;
};

/// All arguments of a command.
class CommandTemplate {
 public:
  CommandTemplate() = default;
  CommandTemplate(const std::vector<std::vector<std::string>>& groups, const TemplateNames& names);

  /// Groups of which an argument is not wanted are left out.
  [[nodiscard]] std::vector<std::string> expand(const TemplateValues& values) const;

 private:
  std::vector<std::vector<TemplateArgument>> groups_;
};

}  // namespace foundation::programs
