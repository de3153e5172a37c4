// A plugin that does what its input says, and has a parameter of every kind.
#include <new>
#include <stdexcept>
#include <string>

#include "programs/plugin.hpp"

namespace {

using namespace foundation::plugin;

class Obedient final : public Prepared {
 public:
  explicit Obedient(const Settings& settings) : settings_{settings} {}

  [[nodiscard]] std::string run(const Cell& cell) const override {
    const std::string_view wish = cell.field("wish");
    if (wish == "invalid") throw InvalidOutput{"as it was told"};
    if (wish == "throw") throw std::runtime_error{"it was told to"};
    if (wish == "throw 7") throw 7;
    if (wish == "memory") throw std::bad_alloc{};
    if (wish == "charge") cell.charge(settings_.real("rate"));
    if (wish == "charge") cell.charge(2);
    if (wish == "seed") return std::to_string(cell.seed);
    if (wish == "where") return std::string{cell.id} + "/" + std::to_string(cell.trial);
    if (wish == "missing") return std::string{cell.field("nothing")};
    if (wish == "depth") return std::to_string(settings_.integer("depth"));
    return std::to_string(settings_.real("rate")) + " " + std::to_string(settings_.real("scale")) +
           " " + std::to_string(settings_.integer("count")) + " " + settings_.text("mode") + " " +
           (settings_.boolean("fast") ? "fast" : "slow") + " " + settings_.text("name") +
           (settings_.find("depth") == nullptr ? "" : " deep");
  }

 private:
  Settings settings_;
};

class Troublesome final : public Program {
 public:
  [[nodiscard]] std::vector<Parameter> parameters() const override {
    return {{"rate", Kind::real, 0, 1, {}, 0.25, {}, "a number"},
            {"scale", Kind::log_real, 1, 100, {}, 10.0, {}, {}},
            {"count", Kind::integer, 1, 9, {}, std::int64_t{3}, {}, {}},
            {"mode", Kind::categorical, 0, 0, {"flat", "deep"}, std::string{"flat"}, {}, {}},
            {"fast", Kind::boolean, 0, 0, {}, true, {}, {}},
            {"name", Kind::text, 0, 0, {}, std::string{"it"}, {}, {}},
            {"depth", Kind::integer, 1, 5, {}, std::int64_t{2}, {{"mode", {"deep"}}}, {}}};
  }
  [[nodiscard]] std::unique_ptr<Prepared> prepare(const Settings& settings) const override {
    if (settings.integer("count") == 9) throw std::runtime_error{"nine is too many"};
    return std::make_unique<Obedient>(settings);
  }
};

}  // namespace

FOUNDATION_PLUGIN(Troublesome)
