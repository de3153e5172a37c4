#include "messaging/endpoint.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace foundation::messaging {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const std::vector<InterfaceAddress> node = {{"lo", "127.0.0.1", true},
                                            {"eth0", "192.168.7.4", false},
                                            {"ib0", "10.1.2.3", false},
                                            {"ib0", "fd00::7", false},
                                            {"docker0", "172.17.0.1", false}};

TEST(Endpoint, stays_on_loopback_on_one_node) {
  EXPECT_THAT(addresses_to_offer(node, true, "eth0", "192.168.7.4"), ElementsAre("127.0.0.1"));
}

TEST(Endpoint, follows_the_interfaces_of_mpi) {
  EXPECT_THAT(addresses_to_offer(node, false, "ib0", ""), ElementsAre("10.1.2.3", "fd00::7"));
  EXPECT_THAT(addresses_to_offer(node, false, "10.1.0.0/16", ""), ElementsAre("10.1.2.3"));
  EXPECT_THAT(addresses_to_offer(node, false, "10.1.0.0/16,eth0", "10.1.2.3"),
              ElementsAre("10.1.2.3", "192.168.7.4"));
  EXPECT_THAT(addresses_to_offer(node, false, "lo", ""), ElementsAre("127.0.0.1"));
}

TEST(Endpoint, offers_nothing_outside_of_what_was_named) {
  for (const char* include :
       {"eth1", "10.2.0.0/16", "10.1.0.0/33", "10.1.0.0/x", "10.1.0.0/", "/", ",", "300.1.0.0/8"})
    EXPECT_THAT(addresses_to_offer(node, false, include, ""), IsEmpty()) << include;
}

TEST(Endpoint, offers_the_preferred_address_first_and_loopback_never) {
  EXPECT_THAT(addresses_to_offer(node, false, "", "10.1.2.3"),
              ElementsAre("10.1.2.3", "192.168.7.4", "172.17.0.1", "fd00::7"));
}

TEST(Endpoint, offers_a_few_at_most) {
  const std::vector<InterfaceAddress> many(20, InterfaceAddress{"eth0", "10.0.0.1", false});
  EXPECT_THAT(addresses_to_offer(many, false, "", ""), SizeIs(4));
}

TEST(Endpoint, finds_the_loopback_interface_of_this_machine) {
  EXPECT_THAT(interface_addresses(),
              ::testing::Contains(::testing::Field(&InterfaceAddress::address, "127.0.0.1")));
}

}  // namespace
}  // namespace foundation::messaging
