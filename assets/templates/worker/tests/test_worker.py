import unittest

import worker


class Work(unittest.TestCase):
    def test_a_piece_says_its_number(self):
        self.assertEqual(worker.work(3), "my-app: piece 3 is done")

    def test_it_ends_when_asked(self):
        worker.stopping.set()
        self.assertEqual(worker.run(pause=60), 1)
