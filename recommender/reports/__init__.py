"""Reports (报表): how policies are carried out by item and county over a month, and who is still due what.

``month``           the month that a report is of
``figures``         what is counted: figures that add up
``subjects``        the items that reports name, also those that are retired
``gathering``       the figures of a month from what is stored
``implementation``  the report: by item, by county, in all
``matching``        whom the items reach now, over the snapshot
``outstanding``     who is due a grant without application and has not got it (应兑未兑)
"""
