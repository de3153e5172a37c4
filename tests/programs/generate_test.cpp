#include "programs/generate.hpp"

#include <cmath>
#include <sstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "core/hash.hpp"

namespace foundation::programs {
namespace {

constexpr const char* catalogue =
    "Package: zebra-ftp\n"
    "Section: net\n"
    "Description: striped transfer client\n"
    " A long text that\n"
    " is: left out.\n"
    "\n"
    "Package: alpaca\n"
    "Depends: libwool (>= 1)\n"
    "Section: contrib/games\n"
    "Description-md5: 0123\n"
    "Description-en: chew \"leaves\" \\ spit at neighbours\n"
    "\n"
    "\n"
    "Package: libwool\n"
    "Section: libs\n"
    "Description: shared wool\n"
    "\n"
    "Package: alpaca-data\n"
    "Section: games\n"
    "Description: chew \"leaves\" \\ spit at neighbours\n"
    "\n"
    "Package: broken\n"
    "Section: web\n"
    "Description: not \xFF text\n"
    "\n"
    "Package: zebra-ftp\n"
    "Section: net\n"
    "Description: older version\n"
    "\n"
    "Package: undescribed\n"
    "Section: mail\n"
    "\n"
    "Package: abacus\r\n"
    "Section: math\r\n"
    "Description:  counts beads \r\n";

TEST(Generate, turns_a_package_catalogue_into_examples) {
  std::istringstream input{catalogue};
  std::ostringstream output;
  EXPECT_EQ(write_package_examples(input, output), 3U);
  EXPECT_EQ(output.str(),
            R"({"id": "abacus", "description": "counts beads", "section": "math"})"
            "\n"
            R"({"id": "alpaca", "description": "chew \"leaves\" \\ spit at neighbours", )"
            R"("section": "games"})"
            "\n"
            R"({"id": "zebra-ftp", "description": "older version", "section": "net"})"
            "\n");
}

TEST(Generate, an_empty_catalogue_gives_nothing) {
  std::istringstream input{"\n\nno fields here\n"};
  std::ostringstream output;
  EXPECT_EQ(write_package_examples(input, output), 0U);
  EXPECT_EQ(output.str(), "");
}

std::string oscillator(std::uint32_t count, std::uint64_t seed) {
  std::ostringstream output;
  write_oscillator_examples(output, count, seed);
  return output.str();
}

TEST(Generate, oscillator_data_is_a_function_of_the_seed) {
  EXPECT_EQ(oscillator(100, 1), oscillator(100, 1));
  EXPECT_NE(oscillator(100, 1), oscillator(100, 2));
  EXPECT_TRUE(oscillator(100, 1).starts_with(oscillator(10, 1)));
  EXPECT_EQ(core::hash_text(oscillator(1000, 1)), 7291438414024761445U);
}

TEST(Generate, oscillator_data_is_well_formed) {
  std::istringstream lines{oscillator(500, 3)};
  int count = 0;
  for (std::string line; std::getline(lines, line);) {
    const auto object = nlohmann::json::parse(line);
    EXPECT_EQ(object.at("id").get<std::string>(), std::to_string(++count));
    EXPECT_GE(object.at("t").get<double>(), 0);
    EXPECT_LE(object.at("t").get<double>(), 12);
    EXPECT_LT(std::fabs(object.at("y").get<double>()), 3);
  }
  EXPECT_EQ(count, 500);
}

}  // namespace
}  // namespace foundation::programs
