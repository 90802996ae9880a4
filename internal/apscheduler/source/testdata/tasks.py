"""The functions of the jobs of store.py."""


def tick(*args, **kwargs):
    pass


class Service:
    def __init__(self, name):
        self.name = name

    def run(self, z):
        pass

    @staticmethod
    def shared():
        pass
