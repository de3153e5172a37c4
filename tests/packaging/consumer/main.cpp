// A program of its own and a look into a result file, with installed headers only.
#include <iostream>
#include <memory>
#include <string>

#include "programs/program.hpp"
#include "storage/file_reader.hpp"

namespace {

using namespace foundation;

class Echo final : public programs::Program {
  class Prepared final : public programs::PreparedProgram {
    [[nodiscard]] programs::CellOutput run(const programs::CellInput& cell) const override {
      return {.status = model::CellStatus::ok, .text = cell.example->label};
    }
  };

 public:
  [[nodiscard]] std::string identity() const override { return "echo 1"; }
  [[nodiscard]] model::Space space() const override { return {}; }
  [[nodiscard]] std::unique_ptr<programs::PreparedProgram> prepare(
      const model::Candidate&, const programs::SplitDataset&) const override {
    return std::make_unique<Prepared>();
  }
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  programs::Example example;
  example.label = "right";
  const auto prepared = Echo{}.prepare({}, {});
  if (prepared->run({.example = &example}).text != "right") return 1;
  try {
    const storage::FileReader run{argv[1]};
    std::cout << run.rows("candidates") << " candidates\n";
  } catch (const core::Error& error) {
    std::cerr << core::describe(error) << "\n";
    return core::exit_status(error.kind());
  }
}
